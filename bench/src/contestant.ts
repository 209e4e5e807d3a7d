import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer } from './child.js'
import type { Effort } from './effort.js'
import type { Figures } from './row.js'

const CHILD = fileURLToPath(new URL('child.js', import.meta.url))
const LIMIT = 120_000 // ms for one answer: one that hangs has failed

/** The process of one trial. */
export class Contestant {
  /** Why it takes no more samples. */
  failure: string | undefined = undefined
  /** Resolves once it is warmed up, or has failed. */
  readonly ready: Promise<unknown>
  private readonly child: ChildProcess

  constructor(
    row: number,
    readonly trial: string,
    effort: Effort,
  ) {
    this.child = fork(CHILD, [String(row), trial, JSON.stringify(effort)], {
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' }, // some libraries do more work without it
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.ready = this.answer()
  }

  /** One sample more; nothing if it has failed. */
  async sample(): Promise<Figures> {
    if (this.failure !== undefined) return {}
    this.child.send('sample')
    return this.answer()
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    if (this.child.connected) this.child.disconnect()
    await ended
  }

  private async answer(): Promise<Figures> {
    const said = await this.nextAnswer()
    if ('figures' in said) return said.figures
    this.failure = said.failed
    return {}
  }

  private nextAnswer(): Promise<Answer> {
    return new Promise(resolve => {
      const limit = setTimeout(() => this.child.kill('SIGKILL'), LIMIT)
      const settle = (answer: Answer): void => {
        clearTimeout(limit)
        this.child.off('message', settle).off('exit', ended)
        resolve(answer)
      }
      const ended = (code: number | null, signal: string | null): void => {
        settle({
          failed:
            signal === 'SIGKILL' ? `no answer in ${LIMIT / 1_000} s` : `it ended with ${code ?? signal}`,
        })
      }
      this.child.once('message', settle).once('exit', ended)
    })
  }
}
