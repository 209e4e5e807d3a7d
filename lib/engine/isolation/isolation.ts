import { availableParallelism } from 'node:os'
import type { Program } from '../worker/program.js'
import type { Birth } from '../worker/life.js'
import type { Worker } from '../worker/worker.js'
import { BadOptionError } from '../errors.js'
import { IsolatedWorker } from './isolated-worker.js'
import { Place, type OpenSite, type Surrounding } from './place.js'
import { thread } from './thread.js'

/**
 * Where the servers run that say `isolation: 'thread'`: apart from the main thread, which goes on serving whatever they do. No code is sent there:
 * the entry file hosts their callbacks by {@link hostServers}.
 *
 * @example
 * const engine = new Engine({ isolation: { entry: new URL('./pricing.worker.js', import.meta.url) } })
 */
export interface IsolationOptions {
  /** The file that each thread runs. */
  readonly entry?: string | URL
  /** Opens something else than a thread, for tests; see `loopback` of `nestjs-peeper/testing`. */
  readonly site?: OpenSite
  /** Threads. Default: one less than there are cores, at least one. */
  readonly threads?: number
}

/** The places of an engine. */
export class Isolation {
  private readonly places = new Set<Place>()
  private readonly programs = new Map<string, Program>()

  constructor(
    private readonly options: IsolationOptions | undefined,
    private readonly surrounding: Surrounding,
  ) {}

  worker(program: Program, birth: Birth): Worker {
    this.programs.set(birth.name, program)
    return new IsolatedWorker(this.place(), program, birth, birth.name)
  }

  /** Can a server be isolated here? Throws `BadOptionError`. */
  check(server: string): void {
    const { site, entry } = this.options ?? {}
    if (site === undefined && entry === undefined)
      throw new BadOptionError(
        `server '${server}'`,
        'isolation',
        'thread',
        "'inline', unless the engine is told { isolation: { entry } }: the file that hosts its callbacks",
      )
  }

  async close(): Promise<void> {
    await Promise.all([...this.places].map(place => place.kill()))
  }

  private get threads(): number {
    return this.options?.threads ?? Math.max(1, availableParallelism() - 1)
  }

  private place(): Place {
    const { options } = this
    const [known] = [...this.places].sort((one, other) => one.load - other.load)
    if (known !== undefined && this.places.size >= this.threads) return known
    const place = new Place(
      options?.site ?? thread(options?.entry ?? ''),
      name => this.programs.get(name),
      this.surrounding,
      gone => this.places.delete(gone),
    )
    this.places.add(place)
    return place
  }
}
