import type { Stretch } from './entries.js'
import type { TableAccess } from './table-write.js'

/** How a table is opened. What is not said is as the table is, or for a new one as the defaults are. */
export interface TableOptions {
  /** Its keys have an order, and it has `first`, `last` and `range`: ETS's `ordered_set`. Default `false`. */
  readonly ordered?: boolean
  /** `false`: it dies with its worker, as tables do in OTP. Default `true`: it outlives crashes, and is stored by the keeper. */
  readonly keep?: boolean
  /** `'protected'` lets others read it, by `engine.table` or `peeper.table`. Default `'private'`. */
  readonly access?: TableAccess
}

/** Where a range ends, and which way it goes. A range holds its `from` and not its `to`, unless said. */
export type RangeOptions = Pick<Stretch, 'includeFrom' | 'includeTo' | 'reverse'>

/**
 * A table to be read. Keys are compared by their content: primitives, dates, binary, and arrays and plain objects of these. What it gives
 * is frozen or a copy: a change is a `set`.
 *
 * Going through it shows the table as it was when that began, whatever is written meanwhile.
 *
 * @example
 * const bids = engine.table<string, number>('auction', 'bids')
 * for (const [bidder, amount] of bids) console.log(bidder, amount)
 */
export interface TableView<K = unknown, V = unknown> extends Iterable<[K, V]> {
  readonly name: string
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  /** In no order, but for an ordered table. */
  keys(): IterableIterator<K>
  values(): IterableIterator<V>
  entries(): IterableIterator<[K, V]>
}

/** What a table whose keys have an order can do besides. */
export interface InOrder<K, V> {
  /** The entry with the lowest key; `undefined` if there is none. */
  first(): [K, V] | undefined
  /** The entry with the highest key; `undefined` if there is none. */
  last(): [K, V] | undefined
  /**
   * The entries from `from` up to `to`, which is not one of them: half open. `undefined` at either end is as far as it goes.
   *
   * Numbers come first, then strings, `undefined`, `null`, booleans, dates, arrays (part by part), plain objects, binary.
   *
   * @throws BadOptionError for a table that is not ordered
   */
  range(from?: K, to?: K, options?: RangeOptions): IterableIterator<[K, V]>
}

/** A table to be read, whose keys have an order. */
export interface OrderedTableView<K = unknown, V = unknown> extends TableView<K, V>, InOrder<K, V> {}

/**
 * A table of a server: for collections too large for its state, where a commit costs what was written and not what is there. Opened by
 * `ctx.tables.open`; what a handler writes is committed with its state, and undone with it.
 *
 * It belongs to the handler that opened it: after that it can be read while this life lasts, and no more be written.
 *
 * @throws TableNotWritableError, ContextEndedError, NotDataError
 */
export interface Table<K = unknown, V = unknown> extends TableView<K, V> {
  /** Writes an entry: a copy of the value. One that is equal to what is there is no change. */
  set(key: K, value: V): this
  /** Was there one? */
  delete(key: K): boolean
}

/** A table of a server whose keys have an order. */
export interface OrderedTable<K = unknown, V = unknown> extends Table<K, V>, InOrder<K, V> {}

/**
 * The tables of a server: `ctx.tables`.
 *
 * @example
 * const bid = async (state: State, { bidder, amount }: { bidder: string; amount: number }, ctx: Context) => {
 *   const bids = await ctx.tables.open<number, string>('bids', { ordered: true })
 *   bids.set(amount, bidder)
 *   return bids.last()
 * }
 */
export interface Tables {
  /**
   * Opens a table, a new one if there is none of this name. It is loaded when first opened, if the server was started with what a keeper
   * had stored; from then on it is there at once.
   *
   * @param name any string but the empty one, without NUL
   * @throws TableOptionsError if it is another sort of table; BadOptionError; TableNotWritableError for a new one after the handler's end
   */
  open<K = unknown, V = unknown>(
    name: string,
    options: TableOptions & { readonly ordered: true },
  ): Promise<OrderedTable<K, V>>
  open<K = unknown, V = unknown>(name: string, options?: TableOptions): Promise<Table<K, V>>
  /** Deletes a table with all its entries, when this handler is committed. Was there one? */
  delete(name: string): boolean
}
