import { AsyncResource } from 'node:async_hooks'
import type { Message } from '../worker/worker.js'
import type { Border } from './border.js'
import type { Contexts, Stores } from './contexts.js'

/** Of which turn it is, and what is current there. */
interface Asking {
  readonly turn: number
  readonly stores: Stores | undefined
}

const MANUAL = { requireManualDestroy: true }

/** The turns of a life, which both sides count. What its handler asks of others in one is asked in the context of the message that it handles. */
export class Turns {
  private count = 0
  private context: AsyncResource | undefined = undefined

  constructor(
    private readonly contexts: Contexts,
    private readonly border: Border,
    private readonly report: (where: string, error: unknown) => void,
  ) {}

  /** What crosses of the context that this was sent in. */
  stores(message: Message): Stores | undefined {
    if (this.contexts.none === undefined) return undefined
    const sent: { stores?: Stores | undefined } = {}
    message.inside?.(
      () => {
        sent.stores = this.contexts.read(
          store => this.border.out(store),
          (error, name) => {
            this.report(`context '${name}'`, error)
          },
        )
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
    const own = (): T => this.contexts.inside(stores && (this.border.in(stores) as Stores), work)
    return turn === this.count && this.context !== undefined ? this.context.runInAsyncScope(own) : own()
  }
}
