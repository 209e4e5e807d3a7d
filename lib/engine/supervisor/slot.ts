import type { Child, ChildSpec, Shutdown } from '../child-spec.js'
import type { ExitReason, Restart } from '../exit.js'

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
  private ending: Promise<void> | undefined = undefined

  constructor({ id, create, restart, shutdown, significant, type = 'worker' }: ChildSpec) {
    this.id = id
    this.create = create
    this.restart = restart ?? 'permanent'
    this.shutdown = shutdown ?? (type === 'supervisor' ? 'infinity' : 5_000)
    this.significant = significant ?? false
    this.type = type
  }

  /** Starts a life. Resolves once it runs, or was stopped meanwhile. `watcher` is told if it ends by itself. */
  async start(watcher: Watcher): Promise<void> {
    const child = this.create()
    this.child = child
    this.status = 'restarting'
    try {
      await child.start(reason => {
        watcher.childExited(this, child, reason)
      })
      if (this.child === child) this.status = 'running'
    } catch (error) {
      if (this.child !== child) return // stopped while it started: no failure of its own
      this.child = undefined
      this.status = 'stopped'
      throw error
    }
  }

  /** Ends the life, if there is one. Resolves once it has ended, whoever asked for it first; rejects if its end failed. */
  stop(reason: ExitReason, shutdown: Shutdown = this.shutdown): Promise<void> {
    return (this.ending ??= this.end(reason, shutdown))
  }

  private async end(reason: ExitReason, shutdown: Shutdown): Promise<void> {
    const { child } = this
    this.child = undefined
    try {
      await child?.stop(reason, shutdown)
    } finally {
      this.status = 'stopped'
      this.ending = undefined
    }
  }
}
