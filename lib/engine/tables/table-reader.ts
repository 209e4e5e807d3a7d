import type { Data } from '../data/data.js'
import { BadOptionError } from '../errors.js'
import type { Entries, Stretch } from './entries.js'
import { keyOf } from './key.js'
import type { OrderedTableView, RangeOptions } from './table.js'
import type { Entry } from './table-write.js'

/** A table as it is read, wherever its entries are. */
export abstract class TableReader implements OrderedTableView {
  constructor(
    readonly name: string,
    protected readonly data: Data,
  ) {}

  /** The entries as they are to be seen now. Throws when they may not. */
  protected abstract get current(): Entries

  get size(): number {
    return this.current.size
  }

  get(key: unknown): unknown {
    const entry = this.current.get(keyOf(key, this.data))
    return entry?.op === 'set' ? this.data.release(entry.value) : undefined
  }

  has(key: unknown): boolean {
    return this.current.get(keyOf(key, this.data))?.op === 'set'
  }

  [Symbol.iterator](): IterableIterator<[unknown, unknown]> {
    return this.entries()
  }

  entries(): IterableIterator<[unknown, unknown]> {
    return over(this.current.copy().walk(), entry => this.shown(entry))
  }

  keys(): IterableIterator<unknown> {
    return over(this.current.copy().walk(), ({ key }) => this.data.release(key))
  }

  values(): IterableIterator<unknown> {
    return over(this.current.copy().walk(), entry => this.shown(entry)[1])
  }

  first(): [unknown, unknown] | undefined {
    for (const entry of this.ordered('first').walk()) return this.shown(entry)
    return undefined
  }

  last(): [unknown, unknown] | undefined {
    for (const entry of this.ordered('last').walk({ reverse: true })) return this.shown(entry)
    return undefined
  }

  range(from?: unknown, to?: unknown, options?: RangeOptions): IterableIterator<[unknown, unknown]> {
    const stretch: Stretch = { ...options, from: keyOf(from, this.data), to: keyOf(to, this.data) }
    return over(this.ordered('range').copy().walk(stretch), entry => this.shown(entry))
  }

  private ordered(member: string): Entries {
    const { current } = this
    if (!current.ordered)
      throw new BadOptionError(`the table '${this.name}'`, 'ordered', false, `true for ${member}()`)
    return current
  }

  private shown(entry: Entry): [unknown, unknown] {
    return [this.data.release(entry.key), entry.op === 'set' ? this.data.release(entry.value) : undefined]
  }
}

function* over<T>(entries: Iterable<Entry>, shown: (entry: Entry) => T): IterableIterator<T> {
  for (const entry of entries) yield shown(entry)
}
