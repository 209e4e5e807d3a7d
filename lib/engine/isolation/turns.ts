import { AsyncResource } from 'node:async_hooks'
import type { Birth } from '../worker/life.js'
import type { Message } from '../worker/worker.js'
import type { Border } from './border.js'
import type { Crossing, Stores } from './contexts.js'
import type { Place } from './place.js'

const MANUAL = { requireManualDestroy: true }

/** Of which turn it is, and what is current there. */
interface Asking {
  readonly turn: number
  readonly stores: Stores | undefined
}

/** The turns of a life, which both sides count. What its handler asks of others in one is asked in the context of the message that it handles. */
export class Turns {
  private count = 0
  private context: AsyncResource | undefined = undefined

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

  /** What is asked by one that has ended is asked in nobody's name, but for what came with it. */
  inside<T>({ turn, stores }: Asking, work: () => T): T {
    const { contexts, surrounding } = this.place
    const inside = (): T => contexts.inside(stores, this.crossing, work)
    return turn === this.count && this.context !== undefined
      ? this.context.runInAsyncScope(inside)
      : surrounding.apart(inside)
  }
}
