import type { Entry } from './table-write.js'

/** A stretch of an ordered table. `undefined` at either end: as far as it goes. */
export interface Stretch {
  readonly from?: unknown
  readonly to?: unknown
  /** Default `true`. */
  readonly includeFrom?: boolean
  /** Default `false`: a range is half open. */
  readonly includeTo?: boolean
  /** From the last to the first. Default `false`. */
  readonly reverse?: boolean
}

/** Entries by their kept keys, to be read. */
export interface Entries {
  readonly size: number
  /** Are they walked in the order of their keys? */
  readonly ordered: boolean
  get(key: unknown): Entry | undefined
  /** All of them, or a stretch where they have an order. What is written meanwhile is not provided for: walk a copy. */
  walk(stretch?: Stretch): Iterable<Entry>
  /** As they are now, whatever is written later. Its cost does not follow the number of entries: both share what neither changes. */
  copy(): Entries
}

/** Entries that can be written. */
export interface Store extends Entries {
  put(entry: Entry): void
  remove(key: unknown): void
  copy(): Store
}
