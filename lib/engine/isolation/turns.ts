import { AsyncResource } from 'node:async_hooks'

const MANUAL = { requireManualDestroy: true }

/** The turns of a life, which both sides count. What its handler asks of others in one is asked in the context of the message that it handles. */
export class Turns {
  private count = 0
  private context: AsyncResource | undefined = undefined

  /** The next one begins, in the context that is current now. */
  begin(): void {
    this.count += 1
    this.context = new AsyncResource('PeeperIsolated', MANUAL)
  }

  end(): void {
    this.context = undefined
  }

  /** What is asked by one that has ended is asked in nobody's name. */
  inside<T>(turn: number, work: () => T): T {
    return turn === this.count && this.context !== undefined ? this.context.runInAsyncScope(work) : work()
  }
}
