import { Waiters } from '../waiters.js'
import type { Completed } from './completed.js'

/** A load that is not heeded once another has taken its place. */
export interface Load {
  isGivenUp: boolean
}

/** What of a server is on its way to its keeper, or comes from there: one commit, what completed meanwhile, one load. */
export class Pipeline {
  inFlight: Completed[] | undefined = undefined
  /** Kept, and being told so: nobody may call them uncertain any more. */
  untold = 0
  load: Load | undefined = undefined
  private waiting: Completed[] | undefined = undefined
  /** The time of what is in flight. */
  private limit: { cancel(): void } | undefined = undefined
  private readonly waitingForIdle = new Waiters()

  get pending(): number {
    return (this.inFlight?.length ?? 0) + this.untold + (this.waiting?.length ?? 0)
  }

  get isIdle(): boolean {
    return this.inFlight === undefined && this.untold === 0
  }

  /** Resolves once it is. */
  idle(): Promise<void> | undefined {
    return this.isIdle ? undefined : this.waitingForIdle.wait()
  }

  release(): void {
    this.waitingForIdle.release()
  }

  /** It waits for the next commit. */
  add(completed: Completed): void {
    this.waiting ??= []
    this.waiting.push(completed)
  }

  /** All that waits. */
  take(): Completed[] | undefined {
    const { waiting } = this
    this.waiting = undefined
    return waiting
  }

  begin(flight: Completed[], limit: { cancel(): void }): void {
    this.inFlight = flight
    this.limit = limit
  }

  /** It was kept. Whether somebody still waits for that. */
  land(flight: Completed[]): boolean {
    if (this.inFlight !== flight) return false
    this.end()
    return true
  }

  /** What was in flight is given up, and so is what waits for it: that is what this returns. */
  fail(): Completed[] | undefined {
    this.end()
    return this.take()
  }

  /** Whoever loads now does it anew. */
  giveUp(): void {
    if (this.load !== undefined) this.load.isGivenUp = true
    this.load = undefined
  }

  private end(): void {
    this.inFlight = undefined
    this.limit?.cancel()
    this.limit = undefined
  }
}
