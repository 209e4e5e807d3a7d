import type { Child, ChildSpec, Shutdown } from '../child-spec.js'
import type { ExitReason, Restart } from '../exit.js'
import { isPromiseLike } from '../guard.js'
import { promptly, type Prompt } from '../promptly.js'

/** Told of lives that ended by themselves. */
export interface Watcher {
  childExited(slot: Slot, child: Child, reason: ExitReason): void
}

/** A place in a supervisor: what it knows of one child, with nothing left open, and the life that fills it now. */
export class Slot implements Required<ChildSpec> {
  readonly id: string
  readonly create: () => Child
  readonly restart: Restart
  readonly shutdown: Shutdown
  readonly significant: boolean
  readonly type: 'worker' | 'supervisor'
  /** The life that was started last, until it ends. */
  child: Child | undefined = undefined
  status: 'running' | 'restarting' | 'stopped' = 'stopped'
  private ending: PromiseLike<void> | undefined = undefined

  constructor({ id, create, restart, shutdown, significant, type = 'worker' }: ChildSpec) {
    this.id = id
    this.create = create
    this.restart = restart ?? 'permanent'
    this.shutdown = shutdown ?? (type === 'supervisor' ? 'infinity' : 5_000)
    this.significant = significant ?? false
    this.type = type
  }

  /** Starts a life. Over once it runs, or was stopped meanwhile. `watcher` is told if it ends by itself. */
  start(watcher: Watcher): Prompt<void> {
    const child = this.create()
    this.child = child
    this.status = 'restarting'
    const exited = (reason: ExitReason): void => {
      watcher.childExited(this, child, reason)
    }
    return promptly(
      () => child.start(exited),
      () => {
        if (this.child === child) this.status = 'running'
      },
      (error: unknown) => {
        if (this.child !== child) return // stopped while it started: no failure of its own
        this.child = undefined
        this.status = 'stopped'
        throw error
      },
    )
  }

  /** Ends the life, if there is one. Over once it has ended, whoever asked for it first; throws or rejects if its end failed. */
  stop(reason: ExitReason, shutdown: Shutdown = this.shutdown): Prompt<void> {
    if (this.ending !== undefined) return this.ending
    const { child } = this
    this.child = undefined
    const ended = (): void => {
      this.status = 'stopped'
      this.ending = undefined
    }
    const ending = promptly(
      () => child?.stop(reason, shutdown),
      ended,
      (error: unknown) => {
        ended()
        throw error
      },
    )
    if (isPromiseLike(ending)) this.ending = ending
    return ending
  }
}
