import { BadOptionError } from '../errors.js'
import type { Border } from './border.js'

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

/** Whose border is crossed, and who is told of what does not cross it. */
export interface Crossing {
  readonly border: Border
  report(where: string, error: unknown): void
}

/** The contexts that cross. No message is lost, and no call fails, for one that cannot. */
export class Contexts {
  private readonly all: readonly (readonly [name: string, context: CarriedContext])[]
  /** What is current where nothing is. */
  readonly none: Stores | undefined

  /** Throws `BadOptionError`. */
  constructor(contexts: CarriedContexts = {}) {
    const fits = 'an AsyncLocalStorage, or have getStore and run as one has'
    if (!isObject(contexts) || isContext(contexts))
      throw new BadOptionError('isolation', 'contexts', contexts, `an object, in which each is ${fits}`)
    this.all = Object.entries(contexts)
    for (const [name, context] of this.all)
      if (!isContext(context)) throw new BadOptionError('isolation', `contexts.${name}`, context, fits)
    if (this.all.length > 0) this.none = Object.fromEntries(this.names.map(name => [name, undefined]))
  }

  get names(): string[] {
    return this.all.map(([name]) => name)
  }

  /** What is current, on its way out. */
  read(crossing: Crossing): Stores | undefined {
    if (this.none === undefined) return undefined
    const stores: (readonly [string, unknown])[] = []
    for (const [name, context] of this.all)
      try {
        stores.push([name, crossing.border.data.keep(context.getStore())])
      } catch (error) {
        crossing.report(labelOf(name), error)
      }
    return Object.fromEntries(stores)
  }

  /** Runs this in what came in. Contexts of which nothing came stay as they are. */
  inside<T>(stores: Stores | undefined, crossing: Crossing, work: () => T): T {
    if (stores === undefined) return work()
    const inner = this.all.reduceRight(
      (run, [name, context]) =>
        Object.hasOwn(stores, name)
          ? () =>
              entered(context, taken(stores[name], name, crossing), run, error => {
                crossing.report(labelOf(name), error)
              })
          : run,
      work,
    )
    return inner()
  }
}

const labelOf = (name: string): string => `context '${name}'`

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isContext = (value: unknown): boolean => {
  const { getStore, run } = (isObject(value) ? value : {}) as Partial<CarriedContext>
  return typeof getStore === 'function' && typeof run === 'function'
}

const taken = (store: unknown, name: string, crossing: Crossing): unknown => {
  try {
    return crossing.border.in(store)
  } catch (error) {
    crossing.report(labelOf(name), error)
    return undefined
  }
}

// It is not ours: the work is done, whatever it does.
const entered = <T>(
  context: CarriedContext,
  store: unknown,
  work: () => T,
  failed: (error: unknown) => void,
): T => {
  let hasBegun = false
  const begin = (): T => {
    hasBegun = true
    return work()
  }
  try {
    const result = context.run(store, begin)
    if (hasBegun) return result
    failed(new Error('its run did not run what it was given'))
  } catch (error) {
    if (hasBegun) throw error // that of the work
    failed(error)
  }
  return work()
}
