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
import { isPromiseLike } from '../guard.js'
import { WorkerLostError } from '../isolation/errors.js'
import { CommitFailedError, StaleOwnerError } from '../keeper/errors.js'
import { promptly, type Prompt } from '../promptly.js'
import type { Strategy } from '../supervisor/strategy.js'
import type { ChildExit, ChildInfo, SupervisorOptions } from '../supervisor/supervision.js'
import { Supervisor } from '../supervisor/supervisor.js'
import type { Home } from './home.js'
import { Incarnation } from './incarnation.js'

/** A server as a branch of the tree: the supervisor that restarts its worker, and what each end of it means for the server. */
export class Branch implements Child, SupervisorOptions {
  private supervisor: Supervisor | undefined = undefined
  /** How many lives there were; the number of the last. */
  lives = 0
  /** Asked for before the end is told of: who hears of that may start it again. */
  private exited: Exited = untold
  private stopping: PromiseLike<void> | undefined = undefined

  constructor(private readonly home: Home) {}

  start(exited: Exited): Prompt<void> {
    const { home } = this
    this.exited = exited
    home.status = 'starting'
    const supervisor = (this.supervisor = new Supervisor(this))
    return promptly(
      () => supervisor.begin(this.whenGivenUp()),
      () => {
        if (this.supervisor !== supervisor) return // ended, and started again, while it started
        if (home.hasEnded) throw new ServerStoppedError(home.address, home.endReason)
        home.status = home.status === 'starting' ? 'running' : home.status
      },
      (error: unknown) => {
        home.close('down', crashOf(error))
        throw error
      },
    )
  }

  /** Ends the server with its parent: nothing more is served. */
  stop(reason: ExitReason, shutdown: Shutdown = 'infinity'): Prompt<void> {
    const { home } = this
    if (home.hasEnded || home.status === 'new') return
    if (this.stopping !== undefined) return this.stopping
    const stopping = this.stopAll(reason, shutdown)
    if (isPromiseLike(stopping)) this.stopping = stopping
    return stopping
  }

  /** Ends the server for good, and tells its parent. */
  end(reason: ExitReason): Prompt<void> {
    const { exited } = this
    this.exited = untold
    return promptly(
      () => this.stop(reason),
      () => {
        exited('shutdown')
      },
    )
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

  /** A store that fails is waited for, not given up; and what another server did in the thread of this one is not its fault. */
  isFree(reason: ExitReason): boolean {
    return reason instanceof CommitFailedError || (reason instanceof WorkerLostError && reason.isBystander)
  }

  /** A life ended by itself, and its supervisor has decided what follows. */
  onChildExit({ reason, then, restartsLeft }: ChildExit): void {
    const { home, exited } = this
    home.cause = reason
    if (home.isWatched) this.tellOf(reason, restartsLeft)
    if (then !== 'forget') return
    home.close('stopped', reason)
    if (this.autoShutdown === 'never') exited('shutdown')
  }

  private tellOf(reason: ExitReason, restartsLeft: number): void {
    const { home } = this
    const { address: server, life } = home
    const worker = this.lives
    if (isExpected(reason)) home.emit({ type: 'exited', server, worker, reason })
    else {
      const { label: message, reminder } = life?.offence ?? {}
      const elsewhere = reminder !== undefined && isOvertaken(reason) ? { toldElsewhere: true as const } : {}
      home.emit({ type: 'crashed', server, worker, message, reason, restartsLeft, ...elsewhere })
    }
  }

  private stopAll(reason: ExitReason, shutdown: Shutdown): Prompt<void> {
    const { home, supervisor } = this
    home.status = 'stopping'
    return promptly(
      () => supervisor?.finish(reason, shutdown),
      () => {
        this.stopping = this.supervisor = undefined
        if (!home.hasEnded) home.close('stopped', reason)
      },
    )
  }

  // Made apart: it is held for long, and would hold on to all that is about it.
  private whenGivenUp(): Exited {
    return reason => {
      this.gaveUp(reason)
    }
  }

  private gaveUp(reason: ExitReason): void {
    const { home, exited } = this
    if (home.status === 'stopped') home.environment.forget(home.address)
    else home.close('down', reason)
    exited(reason)
  }
}

const isOvertaken = (reason: ExitReason): boolean =>
  reason instanceof CommitFailedError && reason.cause instanceof StaleOwnerError
