import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A sample that was started as users start it, in a process of its own. */
export class RunningSample {
  private said = ''
  private waiting: { readonly text: string; readonly from: number; readonly tell: () => void }[] = []
  private readonly process: ChildProcess
  private readonly closed: Promise<{ readonly code: number | null; readonly signal: string | null }>

  constructor(main: string, port: number | string, env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(process.execPath, [main], {
      env: { ...process.env, PORT: String(port), NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.hear(text)
      })
    this.closed = once(this.process, 'close').then(([code, signal]) => {
      this.hear('\n(the sample has ended)\n')
      return { code: code as number | null, signal: signal as string | null }
    })
  }

  /** All that it has printed. */
  get output(): string {
    return this.said
  }

  /** Resolves once it has printed this, after what it had printed by `from`. Rejects if it ends without having said it. */
  async prints(text: string, from = 0): Promise<void> {
    const hasEnded = 'the sample has ended'
    const isSaid = (): boolean => this.said.includes(text, from)
    await Promise.race(
      [text, hasEnded].map(each =>
        this.said.includes(each, from)
          ? Promise.resolve()
          : new Promise<void>(tell => this.waiting.push({ text: each, from, tell })),
      ),
    )
    if (!isSaid()) throw new Error(`the sample never printed ${JSON.stringify(text)}, but:\n${this.said}`)
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  /** How it ended. */
  ended(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    return this.closed
  }

  private hear(text: string): void {
    this.said += text
    this.waiting = this.waiting.filter(({ text: awaited, from, tell }) => {
      if (!this.said.includes(awaited, from)) return true
      tell()
      return false
    })
  }
}
