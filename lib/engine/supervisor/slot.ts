import type { Child, FullChildSpec, Shutdown } from '../child-spec.js'
import type { ExitReason } from '../exit.js'

/** A place in a supervisor: what it knows of one child, and the life that fills it now. */
export class Slot {
  /** The life that was started last, until it ends. */
  child: Child | undefined = undefined
  status: 'running' | 'restarting' | 'stopped' = 'stopped'
  private ending: Promise<void> | undefined = undefined

  constructor(readonly spec: FullChildSpec) {}

  /** Starts a life. Resolves once it runs, or was stopped meanwhile. `exited` is told if it ends by itself. */
  async start(exited: (child: Child, reason: ExitReason) => void): Promise<void> {
    const child = this.spec.create()
    this.child = child
    this.status = 'restarting'
    try {
      await child.start(reason => {
        exited(child, reason)
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
  stop(reason: ExitReason, shutdown: Shutdown = this.spec.shutdown): Promise<void> {
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
