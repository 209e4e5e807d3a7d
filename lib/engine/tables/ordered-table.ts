import type { Store, Stretch } from './entries.js'
import { compareKeys } from './key.js'
import type { Entry } from './table-write.js'

/** Entries of a leaf, and parts of a branch, at most. */
const WIDTH = 128

/** A part of the tree. Who owns it may write to it; others copy it first. */
interface Leaf {
  readonly owner: object
  readonly entries: Entry[]
}

/** Below `parts[i]` no key is lower than `lows[i]`, but for the first one. */
interface Branch {
  readonly owner: object
  readonly lows: unknown[]
  readonly parts: Node[]
}

type Node = Leaf | Branch

/**
 * Entries in the order of {@link compareKeys}: a B+ tree. A write goes down to one leaf, and moves no more than that one holds and what
 * stands on the way to it.
 *
 * @example
 * const table = new OrderedEntries()
 * table.put({ op: 'set', table: 'bids', key: 100, value: 'ann' })
 * for (const { key } of table.walk({ from: 50, to: 150 })) console.log(key) // 100
 */
export class OrderedEntries implements Store {
  readonly ordered: boolean = true
  size = 0
  /** How many entries and parts were moved, by splitting and by writing to what a copy shares: what its writes cost besides themselves. */
  moved = 0
  private owner: object = {}
  private root: Node = { owner: this.owner, entries: [] }

  get(key: unknown): Entry | undefined {
    let node = this.root
    while ('parts' in node) node = node.parts[partFor(node, key)] as Node
    const entry = node.entries[placeOf(node.entries, key)]
    return entry !== undefined && compareKeys(entry.key, key) === 0 ? entry : undefined
  }

  put(entry: Entry): void {
    this.root = this.own(this.root)
    const right = this.insert(this.root, entry)
    if (right === undefined) return
    this.root = { owner: this.owner, lows: [undefined, lowOf(right)], parts: [this.root, right] }
  }

  remove(key: unknown): void {
    if (this.get(key) === undefined) return
    this.root = this.own(this.root)
    this.extract(this.root, key)
    while ('parts' in this.root && this.root.parts.length === 1) this.root = this.root.parts[0] as Node
    if (this.size === 0) this.root = { owner: this.owner, entries: [] }
  }

  walk(stretch: Stretch = {}): Iterable<Entry> {
    return stretch.reverse === true ? down(this.root, stretch) : up(this.root, stretch)
  }

  copy(): OrderedEntries {
    const copy = new OrderedEntries()
    copy.size = this.size
    copy.root = this.root
    this.owner = {} // from now on the nodes are nobody's
    return copy
  }

  private own<N extends Node>(node: N): N {
    if (node.owner === this.owner) return node
    this.moved += 'parts' in node ? node.parts.length : node.entries.length
    const { owner } = this
    return (
      'parts' in node
        ? { owner, lows: [...node.lows], parts: [...node.parts] }
        : { owner, entries: [...node.entries] }
    ) as N
  }

  /** Writes into a node of its own. What has no room goes into a new one, to stand at the right of it. */
  private insert(node: Node, entry: Entry): Node | undefined {
    if ('parts' in node) {
      const index = partFor(node, entry.key)
      const part = (node.parts[index] = this.own(node.parts[index] as Node))
      const right = this.insert(part, entry)
      if (right === undefined) return undefined
      node.lows.splice(index + 1, 0, lowOf(right))
      node.parts.splice(index + 1, 0, right)
      if (node.parts.length <= WIDTH) return undefined
      return { owner: this.owner, lows: this.half(node.lows), parts: this.half(node.parts) }
    }
    const { entries } = node
    const place = placeOf(entries, entry.key)
    const found = entries[place]
    if (found !== undefined && compareKeys(found.key, entry.key) === 0) {
      entries[place] = entry
      return undefined
    }
    entries.splice(place, 0, entry)
    this.size += 1
    return entries.length > WIDTH ? { owner: this.owner, entries: this.half(entries) } : undefined
  }

  private half<T>(list: T[]): T[] {
    const right = list.splice(list.length >>> 1)
    this.moved += right.length
    return right
  }

  /** Takes an entry out of a node of its own; true if that is empty now. */
  private extract(node: Node, key: unknown): boolean {
    if (!('parts' in node)) {
      node.entries.splice(placeOf(node.entries, key), 1)
      this.size -= 1
      return node.entries.length === 0
    }
    const index = partFor(node, key)
    const part = (node.parts[index] = this.own(node.parts[index] as Node))
    if (!this.extract(part, key)) return false
    node.lows.splice(index, 1)
    node.parts.splice(index, 1)
    return node.parts.length === 0
  }
}

/** The lowest key of a node that was split off. */
const lowOf = (node: Node): unknown => ('parts' in node ? node.lows[0] : node.entries[0]?.key)

/** The part in which a key stands, if anywhere. */
const partFor = ({ lows }: Branch, key: unknown): number => {
  let [low, high] = [0, lows.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (compareKeys(lows[middle], key) <= 0) low = middle
    else high = middle - 1
  }
  return low
}

/** Where a key stands in a leaf, or would. */
const placeOf = (entries: readonly Entry[], key: unknown): number => {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(entries[middle]?.key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const isBefore = (key: unknown, { from, includeFrom = true }: Stretch): boolean => {
  if (from === undefined) return false
  const order = compareKeys(key, from)
  return includeFrom ? order < 0 : order <= 0
}

const isBehind = (key: unknown, { to, includeTo = false }: Stretch): boolean => {
  if (to === undefined) return false
  const order = compareKeys(key, to)
  return includeTo ? order > 0 : order >= 0
}

function* leavesUp(node: Node, from: unknown): Iterable<Leaf> {
  if (!('parts' in node)) {
    yield node
    return
  }
  const first = from === undefined ? 0 : partFor(node, from)
  for (let i = first; i < node.parts.length; i += 1)
    yield* leavesUp(node.parts[i] as Node, i === first ? from : undefined)
}

function* leavesDown(node: Node, to: unknown): Iterable<Leaf> {
  if (!('parts' in node)) {
    yield node
    return
  }
  const last = to === undefined ? node.parts.length - 1 : partFor(node, to)
  for (let i = last; i >= 0; i -= 1) yield* leavesDown(node.parts[i] as Node, i === last ? to : undefined)
}

function* up(root: Node, stretch: Stretch): Iterable<Entry> {
  for (const { entries } of leavesUp(root, stretch.from))
    for (const entry of entries) {
      if (isBehind(entry.key, stretch)) return
      if (!isBefore(entry.key, stretch)) yield entry
    }
}

function* down(root: Node, stretch: Stretch): Iterable<Entry> {
  for (const { entries } of leavesDown(root, stretch.to))
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const entry = entries[i] as Entry
      if (isBefore(entry.key, stretch)) return
      if (!isBehind(entry.key, stretch)) yield entry
    }
}
