import type { Child, ChildSpec, Shutdown } from '../child-spec.js'
import { BadOptionError } from '../errors.js'
import type { ExitReason, Restart } from '../exit.js'
import { isPromiseLike } from '../guard.js'
import { promptly, type Prompt } from '../promptly.js'

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
  /** Its start or its end, while that waits for something: with a life that starts, without one that ends. */
  underway: PromiseLike<void> | undefined = undefined

  constructor({ id, create, restart, shutdown, significant, type = 'worker' }: ChildSpec) {
    this.id = id
    this.create = create
    this.restart = restart ?? 'permanent'
    this.shutdown = shutdown ?? (type === 'supervisor' ? 'infinity' : 5_000)
    this.significant = significant ?? false
    this.type = type
    if (this.significant && this.restart === 'permanent')
      throw new BadOptionError(
        `child '${id}'`,
        'significant',
        true,
        'false for a permanent child: it never ends for good',
      )
  }

  /**
   * Starts a life, if none is there. Over once it runs, or was stopped meanwhile, whoever asked for it first. `watcher` is told if it ends by
   * itself, or who has taken the slot over by then.
   */
  start(watcher: Watcher): Prompt<void> {
    if (this.child !== undefined) return this.underway
    this.watcher = watcher
    const child = (this.child = this.create())
    this.status = 'restarting'
    const starting = promptly(
      () => child.start(reason => this.watcher?.childExited(this, child, reason)),
      () => {
        if (this.child === child) this.settle('running')
      },
      (error: unknown) => {
        if (this.child !== child) return // stopped while it started: no failure of its own
        this.child = undefined
        this.settle('stopped')
        throw error
      },
    )
    if (isPromiseLike(starting) && this.child === child) this.underway = starting
    return starting
  }

  /** Ends the life, if there is one. Over once it has ended, whoever asked for it first; throws or rejects if its end failed. */
  stop(reason: ExitReason, shutdown: Shutdown = this.shutdown): Prompt<void> {
    if (this.underway !== undefined && this.child === undefined) return this.underway
    const { child } = this
    this.child = undefined
    const ended = (): void => {
      if (this.child === undefined) this.settle('stopped') // else it was started again meanwhile
    }
    const failed = (error: unknown): never => {
      ended()
      throw error
    }
    const ending = promptly(() => child?.stop(reason, shutdown), ended, failed)
    if (isPromiseLike(ending) && this.child === undefined) this.underway = ending
    return ending
  }

  /** The life has ended by itself; its start may not even have been heard of. */
  vacate(): void {
    this.child = undefined
    this.settle('stopped')
  }

  /** It belongs to another supervisor from now on; the life that fills it goes on. */
  move({ id, create, restart, significant }: Seat, watcher: Watcher): void {
    this.id = id
    this.create = create
    this.restart = restart
    this.significant = significant
    this.watcher = watcher
  }

  private settle(status: Slot['status']): void {
    this.status = status
    this.underway = undefined
  }
}
