import {
  untold,
  type AutoShutdown,
  type Child,
  type ChildSpec,
  type Exited,
  type Shutdown,
} from '../child-spec.js'
import type { Clock } from '../clock.js'
import { ServerStoppedError } from '../errors.js'
import { crashOf, isExpected, type ExitReason } from '../exit.js'
import type { Strategy } from '../supervisor/strategy.js'
import type { ChildExit, ChildInfo, SupervisorOptions } from '../supervisor/supervision.js'
import { Supervisor } from '../supervisor/supervisor.js'
import type { Home } from './home.js'
import { Incarnation } from './incarnation.js'

/** A server as a branch of the tree: the supervisor that restarts its worker, and what each end of it means for the server. */
export class Branch implements Child, SupervisorOptions {
  private supervisor: Supervisor | undefined = undefined
  private lives = 0
  private exited: Exited = untold
  private stopping: Promise<void> | undefined = undefined

  constructor(private readonly home: Home) {}

  async start(exited: Exited): Promise<void> {
    const { home } = this
    this.exited = exited
    home.status = 'starting'
    const supervisor = (this.supervisor = new Supervisor(this))
    try {
      await supervisor.start(reason => {
        this.gaveUp(reason)
      })
    } catch (error) {
      home.close('down', crashOf(error))
      throw error
    }
    if (this.supervisor !== supervisor) return // ended, and started again, while it started
    if (home.hasEnded) throw new ServerStoppedError(home.address, home.endReason)
    home.status = home.status === 'starting' ? 'running' : home.status
  }

  /** Ends the server with its parent: nothing more is served. */
  async stop(reason: ExitReason, shutdown?: Shutdown): Promise<void> {
    const { home } = this
    if (home.hasEnded || home.status === 'new') return
    await (this.stopping ??= this.stopAll(reason, shutdown))
  }

  /** Ends the server for good, and tells its parent. */
  async end(reason: ExitReason): Promise<void> {
    const { exited } = this // it may be started again before this one is told
    await this.stop(reason)
    exited('shutdown')
  }

  get restartsLeft(): number {
    return this.supervisor?.restartsLeft ?? this.maxRestarts
  }

  whichChildren(): ChildInfo[] {
    return this.supervisor?.whichChildren() ?? []
  }

  // ---- how it is supervised

  get name(): string {
    return this.home.address
  }

  get clock(): Clock {
    return this.home.clock
  }

  get strategy(): Strategy {
    return this.home.settings.strategy
  }

  get maxRestarts(): number {
    return this.home.settings.maxRestarts
  }

  get maxSeconds(): number {
    return this.home.settings.maxSeconds
  }

  get autoShutdown(): AutoShutdown {
    return this.home.settings.autoShutdown
  }

  get children(): readonly ChildSpec[] {
    const { home } = this
    const { restart, shutdown, autoShutdown } = home.settings
    const significant = restart !== 'permanent' && autoShutdown !== 'never'
    const create = (): Incarnation => (home.life = new Incarnation(home, (this.lives += 1)))
    return [{ id: 'worker', restart, shutdown, significant, create }]
  }

  /** A life ended by itself, and its supervisor has decided what follows. */
  onChildExit({ reason, then, restartsLeft }: ChildExit): void {
    const { home } = this
    const { address: server, life } = home
    const worker = life?.number ?? 0
    home.cause = reason
    if (isExpected(reason)) home.emit({ type: 'exited', server, worker, reason })
    else home.emit({ type: 'crashed', server, worker, message: life?.offence, reason, restartsLeft })
    if (then !== 'forget') return
    home.close('stopped', reason)
    if (this.autoShutdown === 'never') this.exited('shutdown')
  }

  private async stopAll(reason: ExitReason, shutdown?: Shutdown): Promise<void> {
    const { home } = this
    home.status = 'stopping'
    try {
      await this.supervisor?.stop(reason, shutdown)
    } finally {
      this.stopping = this.supervisor = undefined // a stopped server stays known, and holds little
    }
    if (!home.hasEnded) home.close('stopped', reason)
  }

  private gaveUp(reason: ExitReason): void {
    const { home } = this
    if (home.status === 'stopped') home.environment.forget(home.address)
    else home.close('down', reason)
    this.exited(reason)
  }
}
