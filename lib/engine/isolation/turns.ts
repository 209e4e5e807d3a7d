import { AsyncResource } from 'node:async_hooks'
import { Waiters } from '../waiters.js'
import type { Birth } from '../worker/life.js'
import type { Message } from '../worker/worker.js'
import type { Border } from './border.js'
import type { Crossing, Stores } from './contexts.js'
import type { Place } from './place.js'

const MANUAL = { requireManualDestroy: true }

/** Of which turn it is (below 0: of what was put off until a commit), and what is current there. */
interface Asking {
  readonly turn: number
  readonly stores: Stores | undefined
}

/** The turns of a life, which both sides count. What its handler asks of others in one is asked in the context of the message that it handles. */
export class Turns {
  private count = 0
  private context: AsyncResource | undefined = undefined
  /** Of what was put off until a commit, and runs there now. */
  private readonly afterwards = new Map<number, AsyncResource>()
  private readonly allRan = new Waiters()
  private readonly crossing: Crossing

  constructor(
    private readonly place: Pick<Place, 'contexts' | 'surrounding'>,
    border: Border,
    birth: Birth,
  ) {
    this.crossing = { border, report: birth.report.bind(birth) }
  }

  /** What crosses of the context that this was sent in. */
  stores(message: Message): Stores | undefined {
    const { contexts } = this.place
    if (contexts.none === undefined) return undefined
    const sent: { stores?: Stores | undefined } = {}
    message.inside?.(
      () => {
        sent.stores = contexts.read(this.crossing)
      },
      undefined,
      undefined,
    )
    return sent.stores
  }

  /** The next one begins, in the context that is current now. */
  begin(): void {
    this.count += 1
    this.context = new AsyncResource('PeeperIsolated', MANUAL)
  }

  end(): void {
    this.context = undefined
  }

  /** What was put off until this commit runs there, from now on, in the context that is current now. */
  commits(commit: number): void {
    this.afterwards.set(commit, new AsyncResource('PeeperIsolated', MANUAL))
  }

  /** It has run; without a number, none does any more. */
  ran(commit?: number): void {
    if (commit === undefined) this.afterwards.clear()
    else this.afterwards.delete(commit)
    if (this.afterwards.size === 0) this.allRan.release()
  }

  /** Resolves when nothing runs there that was put off; `undefined` if nothing does. */
  untilRan(): Promise<void> | undefined {
    return this.afterwards.size > 0 ? this.allRan.wait() : undefined
  }

  /** What is asked by one that has ended is asked in nobody's name, but for what came with it. */
  inside<T>({ turn, stores }: Asking, work: () => T): T {
    const { contexts, surrounding } = this.place
    const inside = (): T => contexts.inside(stores, this.crossing, work)
    const context = this.contextOf(turn)
    return context === undefined ? surrounding.apart(inside) : context.runInAsyncScope(inside)
  }

  private contextOf(turn: number): AsyncResource | undefined {
    if (turn < 0) return this.afterwards.get(-turn)
    return turn === this.count ? this.context : undefined
  }
}
