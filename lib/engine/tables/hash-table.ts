import type { Store } from './entries.js'
import { hashOf, idOf, type Id } from './id.js'
import type { Entry } from './table-write.js'

/** Entries a segment holds on the average, before one more is added. */
const FILL = 128

/** A part of a table. Who owns it may write to it; others copy it first. */
interface Segment {
  readonly owner: object
  readonly entries: Map<Id, Entry>
}

/**
 * Entries in no order. It is a row of small Maps, and grows by one of them at a time (linear hashing): a single `Map` moves all its entries
 * at once when it doubles, which takes 100 ms and more at a million. A key that is an object is found by its content.
 *
 * @example
 * const table = new HashEntries()
 * table.put({ op: 'set', table: 'bids', key: ['lot', 7], value: 100 })
 * table.get(['lot', 7]) // the entry, if the keys are kept data
 */
export class HashEntries implements Store {
  readonly ordered: boolean = false
  size = 0
  /** How many entries were moved, by growing and by writing to what a copy shares: what its writes cost besides themselves. */
  moved = 0
  private owner: object = {}
  private segments: Segment[] = [this.segment()]
  /** The next segment to be split, and how many there were when the row was gone through last: a power of 2. */
  private next = 0
  private round = 1

  get(key: unknown): Entry | undefined {
    const id = idOf(key)
    return this.segments[this.indexOf(id)]?.entries.get(id)
  }

  put(entry: Entry): void {
    const id = idOf(entry.key)
    const { entries } = this.own(this.indexOf(id))
    const before = entries.size
    entries.set(id, entry)
    if (entries.size === before) return
    this.size += 1
    if (this.size > this.segments.length * FILL) this.split()
  }

  remove(key: unknown): void {
    const id = idOf(key)
    const index = this.indexOf(id)
    if (this.segments[index]?.entries.has(id) !== true) return
    this.own(index).entries.delete(id)
    this.size -= 1
    if (this.size === 0) this.clear()
  }

  *walk(): Iterable<Entry> {
    for (const { entries } of this.segments) yield* entries.values()
  }

  copy(): HashEntries {
    const copy = new HashEntries()
    copy.size = this.size
    copy.segments = [...this.segments]
    copy.next = this.next
    copy.round = this.round
    this.owner = {} // from now on the segments are nobody's
    return copy
  }

  private clear(): void {
    this.segments = [this.segment()]
    this.next = 0
    this.round = 1
  }

  private segment(): Segment {
    return { owner: this.owner, entries: new Map() }
  }

  private indexOf(id: Id): number {
    if (this.segments.length === 1) return 0
    const hash = hashOf(id)
    const index = hash & (this.round - 1)
    return index < this.next ? hash & (this.round * 2 - 1) : index
  }

  private own(index: number): Segment {
    const found = this.segments[index] as Segment
    if (found.owner === this.owner) return found
    this.moved += found.entries.size
    return (this.segments[index] = { owner: this.owner, entries: new Map(found.entries) })
  }

  // What stands in it is dealt out to it anew and to a segment at the end of the row.
  private split(): void {
    const { entries } = this.segments[this.next] as Segment
    const [low, high] = [this.segment(), this.segment()]
    const span = this.round * 2
    for (const [id, entry] of entries)
      ((hashOf(id) & (span - 1)) === this.next ? low : high).entries.set(id, entry)
    this.moved += entries.size
    this.segments[this.next] = low
    this.segments.push(high)
    this.next += 1
    if (this.next < this.round) return
    this.next = 0
    this.round = span
  }
}
