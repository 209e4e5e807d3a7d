import type { Child, ChildSpec, Shutdown } from '../child-spec.js'
import type { ExitReason, Restart } from '../exit.js'

/** Told of lives that ended by themselves. */
export interface Watcher {
  childExited(slot: Slot, child: Child, reason: ExitReason): void
}

/** A child as the specification of its place: another place may say it otherwise. */
export type Seat = ChildSpec & Required<Pick<ChildSpec, 'restart' | 'significant'>>

/** A place in a supervisor: what it knows of one child, with nothing left open, and the life that fills it now. */
export class Slot implements Required<ChildSpec> {
  id: string
  create: () => Child
  restart: Restart
  readonly shutdown: Shutdown
  significant: boolean
  readonly type: 'worker' | 'supervisor'
  /** The life that was started last, until it ends. */
  child: Child | undefined = undefined
  status: 'running' | 'restarting' | 'stopped' = 'stopped'
  /** Who is told of its end. */
  private watcher: Watcher | undefined = undefined
  /** Its start or its end, until that is over: with a life that starts, without one that ends. */
  underway: Promise<void> | undefined = undefined

  constructor({ id, create, restart, shutdown, significant, type = 'worker' }: ChildSpec) {
    this.id = id
    this.create = create
    this.restart = restart ?? 'permanent'
    this.shutdown = shutdown ?? (type === 'supervisor' ? 'infinity' : 5_000)
    this.significant = significant ?? false
    this.type = type
  }

  /**
   * Starts a life, if none is there. Resolves once it runs, or was stopped meanwhile, whoever asked for it first. `watcher` is told if it ends by
   * itself, or who has taken the slot over by then.
   */
  start(watcher: Watcher): Promise<void> {
    if (this.child !== undefined) return this.underway ?? Promise.resolve()
    this.watcher = watcher
    const child = (this.child = this.create())
    this.status = 'restarting'
    return (this.underway = this.begin(child))
  }

  /** It belongs to another supervisor from now on; the life that fills it goes on. */
  move({ id, create, restart, significant }: Seat, watcher: Watcher): void {
    this.id = id
    this.create = create
    this.restart = restart
    this.significant = significant
    this.watcher = watcher
  }

  private async begin(child: Child): Promise<void> {
    try {
      await child.start(reason => this.watcher?.childExited(this, child, reason))
      if (this.child === child) this.settle('running')
    } catch (error) {
      if (this.child !== child) return // stopped while it started: no failure of its own
      this.child = undefined
      this.settle('stopped')
      throw error
    }
  }

  private settle(status: Slot['status']): void {
    this.status = status
    this.underway = undefined
  }

  /** Ends the life, if there is one. Resolves once it has ended, whoever asked for it first; rejects if its end failed. */
  stop(reason: ExitReason, shutdown: Shutdown = this.shutdown): Promise<void> {
    if (this.underway !== undefined && this.child === undefined) return this.underway
    return (this.underway = this.end(reason, shutdown))
  }

  private async end(reason: ExitReason, shutdown: Shutdown): Promise<void> {
    const { child } = this
    this.child = undefined
    try {
      await child?.stop(reason, shutdown)
    } finally {
      if (this.child === undefined) this.settle('stopped') // else it was started again meanwhile
    }
  }
}
