import type { Entries, Store, Stretch } from './entries.js'
import { HashEntries } from './hash-table.js'
import { compareKeys } from './key.js'
import { OrderedEntries } from './ordered-table.js'
import type { Entry } from './table-write.js'

export const storeFor = (ordered: boolean): Store => (ordered ? new OrderedEntries() : new HashEntries())

/** Writes held apart over entries that they do not touch. */
export class Overlay implements Entries {
  constructor(
    private readonly under: Entries,
    private readonly over: Store = storeFor(under.ordered),
    /** Of both together. What moves from here to what is under leaves it as it is. */
    public size = under.size,
  ) {}

  get ordered(): boolean {
    return this.under.ordered
  }

  get isEmpty(): boolean {
    return this.over.size === 0
  }

  /** What was written: the ends of entries, too. */
  get writes(): Iterable<Entry> {
    return this.over.walk()
  }

  get(key: unknown): Entry | undefined {
    return this.over.get(key) ?? this.under.get(key)
  }

  put(entry: Entry): void {
    const before = this.get(entry.key)?.op === 'set'
    this.over.put(entry)
    this.size += Number(entry.op === 'set') - Number(before)
  }

  /** What is under has this entry by now. */
  settled(entry: Entry): void {
    if (this.over.get(entry.key) === entry) this.over.remove(entry.key)
  }

  walk(stretch?: Stretch): Iterable<Entry> {
    const under = this.under.walk(stretch)
    return this.ordered
      ? merged(this.over.walk(stretch), under, stretch?.reverse === true ? -1 : 1)
      : laidOver(this.over, under)
  }

  copy(): Overlay {
    return new Overlay(this.under.copy(), this.over.copy(), this.size)
  }
}

function* laidOver(over: Store, under: Iterable<Entry>): Iterable<Entry> {
  for (const entry of under) if (over.get(entry.key) === undefined) yield entry
  for (const entry of over.walk()) if (entry.op === 'set') yield entry
}

function* merged(over: Iterable<Entry>, under: Iterable<Entry>, direction: 1 | -1): Iterable<Entry> {
  const below = under[Symbol.iterator]()
  let next = below.next()
  for (const entry of over) {
    for (; next.done !== true; next = below.next()) {
      const order = direction * compareKeys(next.value.key, entry.key)
      if (order > 0) break
      if (order < 0) yield next.value
    }
    if (entry.op === 'set') yield entry
  }
  for (; next.done !== true; next = below.next()) yield next.value
}
