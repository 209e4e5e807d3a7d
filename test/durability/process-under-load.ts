import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Found } from './servers.js'
import type { StoreAt } from './store-at.js'

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

/** One line of what it says. */
export type Said =
  | { readonly what: 'found'; readonly found: Found }
  | { readonly what: 'up' | 'ready' }
  | { readonly what: 'acknowledged' | 'refused'; readonly of: string }

/** A process that waits for its round: it starts while the one before it is under load. */
export class ProcessUnderLoad {
  private readonly child: ChildProcess
  private readonly ended: Promise<unknown[]>

  /** With `blocks` no file of it may become larger, in units of 512 bytes. */
  constructor(
    private readonly store: StoreAt,
    blocks?: number,
  ) {
    const command = [process.execPath, '.test/durability/load.js', JSON.stringify(store)]
    const limited =
      blocks === undefined ? command : ['sh', '-c', `ulimit -f ${blocks}; exec "$0" "$@"`, ...command]
    this.child = spawn(limited[0]!, limited.slice(1), {
      stdio: ['pipe', 'pipe', blocks === undefined ? 'inherit' : 'ignore'], // the driver complains there
    })
    this.ended = once(this.child, 'exit')
    this.child.stdin!.on('error', () => undefined) // it is dead before its round: how it ended says so
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Runs its round; what it says, until it ends. */
  async *says(round: number): AsyncGenerator<Said> {
    this.child.stdin!.write(String(round))
    for await (const line of createInterface(this.child.stdout!)) yield saidIn(line)
    const [code, signal] = await this.ended
    if (signal !== 'SIGKILL') throw new Error(`the process ended by itself, with ${String(code ?? signal)}`)
  }

  /** Runs its round until it is killed. */
  async run(round: number, { acknowledged: enough, later }: Moment): Promise<LastWords> {
    const found: Found[] = []
    const acknowledged: string[] = []
    let isReady = false
    let isKilled = false
    for await (const said of this.says(round)) {
      if (said.what === 'found') found.push(said.found)
      else if (said.what === 'ready') isReady = true
      else if (said.what === 'acknowledged') acknowledged.push(said.of)
      else if (said.what === 'refused' && !this.mayBeRefused(said.of))
        throw new Error(`a change was refused: ${said.of}`)
      if (isKilled || acknowledged.length < enough) continue
      const until = process.hrtime.bigint() + BigInt(later) * 1_000n
      while (process.hrtime.bigint() < until);
      isKilled = this.child.kill('SIGKILL')
    }
    return { found: isReady ? found : undefined, acknowledged }
  }

  // A store in a process of its own may come to the last change of a killed one when the next has loaded.
  private mayBeRefused(of: string): boolean {
    return this.store.kind !== 'lmdb' && of.endsWith(' PEEPER_STALE_OWNER')
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

const saidIn = (line: string): Said => {
  const [, what = '', of = ''] = /^(\w+) ?(.*)$/.exec(line)!
  return what === 'found' ? { what, found: JSON.parse(of) as Found } : ({ what, of } as Said)
}
