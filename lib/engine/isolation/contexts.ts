import { BadOptionError } from '../errors.js'

/**
 * An async context that crosses to isolated handlers, and back with what they ask of others: an `AsyncLocalStorage` whose stores are data, or what reads
 * and enters a context as one does (of OpenTelemetry: `propagation.inject` and `context.with`). A copy crosses; what the handler changes in it stays there.
 *
 * @example
 * import { AsyncLocalStorage } from 'node:async_hooks'
 *
 * // A file of its own, for both sides import it.
 * export const contexts: CarriedContexts = { trace: new AsyncLocalStorage<{ readonly id: string }>() }
 */
export interface CarriedContext {
  /** What is current here: data, or `undefined`. */
  getStore(): unknown
  /** Runs this where that is current; `undefined` where nothing is. */
  run<T>(store: unknown, work: () => T): T
}

/** By the names that both sides know them by. */
export type CarriedContexts = Readonly<Record<string, CarriedContext>>

/** What is current in contexts, by their names. */
export type Stores = Readonly<Record<string, unknown>>

/** The contexts that cross. */
export class Contexts {
  private readonly all: readonly (readonly [name: string, context: CarriedContext])[]
  /** What is current where nothing is. */
  readonly none: Stores | undefined

  /** Throws `BadOptionError`. */
  constructor(contexts: CarriedContexts = {}) {
    this.all = Object.entries(contexts)
    for (const [name, context] of this.all as [string, Partial<CarriedContext> | undefined][])
      if (typeof context?.getStore !== 'function' || typeof context.run !== 'function')
        throw new BadOptionError(
          'isolation',
          `contexts.${name}`,
          context,
          'an AsyncLocalStorage, or have getStore and run as one has',
        )
    this.none =
      this.all.length === 0 ? undefined : Object.fromEntries(this.names.map(name => [name, undefined]))
  }

  get names(): string[] {
    return this.all.map(([name]) => name)
  }

  /** What is current, on its way out. What cannot go there stays, and is told. */
  read(
    out: (store: unknown) => unknown,
    failed?: (error: unknown, name: string) => void,
  ): Stores | undefined {
    if (this.none === undefined) return undefined
    const stores: (readonly [string, unknown])[] = []
    for (const [name, context] of this.all)
      try {
        stores.push([name, out(context.getStore())])
      } catch (error) {
        failed?.(error, name)
      }
    return Object.fromEntries(stores)
  }

  /** Runs this in those that came. The others stay as they are. */
  inside<T>(stores: Stores | undefined, work: () => T): T {
    if (stores === undefined) return work()
    const inner = this.all.reduceRight(
      (run, [name, context]) => (Object.hasOwn(stores, name) ? () => context.run(stores[name], run) : run),
      work,
    )
    return inner()
  }
}
