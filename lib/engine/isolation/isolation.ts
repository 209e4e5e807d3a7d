import { availableParallelism } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import { BadOptionError } from '../errors.js'
import type { Birth } from '../worker/life.js'
import type { Program } from '../worker/program.js'
import type { Worker } from '../worker/worker.js'
import type { Surrounding } from './errands.js'
import { IsolatedWorker } from './isolated-worker.js'
import type { Isolated, IsolationLevel } from './level.js'
import { Borders } from './borders.js'
import { Contexts, type CarriedContexts } from './contexts.js'
import { Pool } from './pool.js'
import { child } from './site/child.js'
import { hrefOf, parent } from './site/parent.js'
import type { OpenSite } from './site/site.js'
import { thread } from './site/thread.js'

/**
 * Where the servers run that say `isolation`: apart from the main thread, which goes on serving whatever they do. No code is sent there: the entry file
 * has it, see `peeperWorker` (in Nest) and `hostServers`.
 *
 * @example
 * const engine = new Engine({ isolation: { entry: new URL('./pricing.worker.js', import.meta.url), deadline: 5_000 } })
 */
export interface IsolationOptions {
  /** The file that each thread and process runs. */
  readonly entry?: string | URL
  /** Threads that servers share. Default: one less than there are cores, at least one. */
  readonly threads?: number
  /** Processes that servers share. Default: as many as `threads`. */
  readonly processes?: number
  /**
   * ms without a sign of life after which a thread or process that owes an answer has hung: it is ended, and its servers are started again. A handler
   * that awaits for long is no reason. Default 30 000; `Infinity` while you debug one.
   */
  readonly deadline?: number
  /** ms that a thread or process has to start and boot what it hosts; one that takes longer is ended. Default 30 000. It is no part of `init.timeout`. */
  readonly bootTimeout?: number
  /** Threads, and processes, that are started before they are needed: a restart does not wait for one to start. Each takes its memory. Default 1. */
  readonly spares?: number
  /** Memory of a thread, and of a process: there the heap is limited, not the buffers. Default: what Node gives. */
  readonly resourceLimits?: ResourceLimits
  /**
   * Async contexts that cross: to isolated handlers, and back with what these ask of others. Their stores have to be data. Both sides name them: give the same
   * to `hostServers` or `peeperWorker`. Default none.
   */
  readonly contexts?: CarriedContexts
  /** Opens something else than a thread or a process, for tests; see `loopback` of `nestjs-peeper/testing`. */
  readonly site?: OpenSite
}

/** The threads and processes of an engine. */
export class Isolation {
  private readonly pools = new Map<IsolationLevel, Pool>()
  private readonly borders = new Borders()
  private readonly contexts: Contexts
  private readonly programs = new Map<string, Program>()
  /** What has been hosted: all places run the same file. */
  private readonly known = new Set<string>()

  constructor(
    private readonly options: IsolationOptions = {},
    private readonly surrounding: Surrounding,
  ) {
    const { deadline = 30_000, bootTimeout = 30_000, spares = 1, threads = 1, processes = 1 } = options
    const where = 'isolation'
    this.contexts = new Contexts(options.contexts)
    for (const [option, ms] of Object.entries({ deadline, bootTimeout }))
      if (!(ms > 0)) throw new BadOptionError(where, option, ms, 'ms above 0, or Infinity')
    for (const [option, value, least] of [
      ['threads', threads, 1],
      ['processes', processes, 1],
      ['spares', spares, 0],
    ] as const)
      if (!Number.isInteger(value) || value < least)
        throw new BadOptionError(where, option, value, `a whole number, ${least} or more`)
  }

  worker(program: Program, birth: Birth, { level, dedicated, as = birth.name }: Isolated): Worker {
    if (this.options.site !== undefined) this.programs.set(as, program)
    return new IsolatedWorker(
      this.pool(level).place(birth, dedicated),
      program,
      this.borders.of(program),
      birth,
      as,
      this.known,
    )
  }

  /** Can a server be isolated here? Throws `BadOptionError`. */
  check(server: string, { level }: Isolated): void {
    const { site, entry } = this.options
    if (entry !== undefined && parent()?.entry === hrefOf(entry))
      throw new BadOptionError(
        'isolation',
        'entry',
        String(entry),
        'another file than the one that starts the engine: what is isolated runs it, and would start the next one',
      )
    if (site === undefined && entry === undefined)
      throw new BadOptionError(
        `server '${server}'`,
        'isolation',
        level,
        "'inline', unless the engine is told { isolation: { entry } }: the file that has its code (in Nest, what peeperWorker() returns, given to forRoot)",
      )
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map(pool => pool.close()))
  }

  private pool(level: IsolationLevel): Pool {
    const known = this.pools.get(level)
    if (known !== undefined) return known
    const { entry = '', site, deadline = 30_000, bootTimeout = 30_000, spares = 1 } = this.options
    const { resourceLimits } = this.options
    const { threads = Math.max(1, availableParallelism() - 1), processes = threads } = this.options
    const isThread = level === 'thread'
    const pool = new Pool({
      kind: level,
      open: site ?? (isThread ? thread : child)(entry, resourceLimits),
      size: isThread ? threads : processes,
      spares: site === undefined ? spares : 0,
      deadline,
      bootTimeout,
      hosted: name => this.programs.get(name),
      surrounding: this.surrounding,
      contexts: this.contexts,
    })
    this.pools.set(level, pool)
    return pool
  }
}
