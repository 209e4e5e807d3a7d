import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Found } from './servers.js'

/** When a process is killed: after it acknowledged so many changes, and so many microseconds. With none, while it opens the store and looks. */
export interface Moment {
  readonly acknowledged: number
  readonly later: number
}

/** What a process said until it was killed. */
export interface LastWords {
  /** All that it found; `undefined` if it did not come to that. */
  readonly found: readonly Found[] | undefined
  /** `<server> <id>` */
  readonly acknowledged: readonly string[]
}

/** A process that waits for its round: it starts while the one before it is under load. */
export class ProcessUnderLoad {
  private readonly child: ChildProcess
  private readonly ended: Promise<unknown[]>

  constructor(path: string, durability: string) {
    this.child = spawn(process.execPath, ['.test/durability/load.js', path, durability], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.ended = once(this.child, 'exit')
    this.child.stdin!.on('error', () => undefined) // it is dead before its round: how it ended says so
  }

  /** Runs its round until it is killed. */
  async run(round: number, { acknowledged: enough, later }: Moment): Promise<LastWords> {
    const found: Found[] = []
    const acknowledged: string[] = []
    let isReady = false
    let isKilled = false
    this.child.stdin!.write(String(round))
    for await (const line of createInterface(this.child.stdout!)) {
      if (line.startsWith('found ')) found.push(JSON.parse(line.slice('found '.length)) as Found)
      else if (line === 'ready') isReady = true
      else if (line !== 'up') acknowledged.push(line)
      if (isKilled || acknowledged.length < enough) continue
      const until = process.hrtime.bigint() + BigInt(later) * 1_000n
      while (process.hrtime.bigint() < until);
      isKilled = this.child.kill('SIGKILL')
    }
    const [code, signal] = await this.ended
    if (signal !== 'SIGKILL') throw new Error(`the process ended by itself, with ${String(code ?? signal)}`)
    return { found: isReady ? found : undefined, acknowledged }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}
