import { Cursor } from './cursor.js'
import { MapFace } from './face-map.js'
import { keepMap, keepOf } from './keep.js'
import { isShareable, markOf } from './kept.js'
import { DraftNode, UNSETTLED, type Root } from './node.js'
import { releaseOf } from './release.js'
import { inSameOrder, isPrimitive } from './shape.js'
import { cycle, enter, type Step } from './step.js'
import { Tally } from './tally.js'

/**
 * A Map under draft. Values are lent like properties. A key that is an object is not drafted: the handler sees the frozen
 * kept key, or for a key that cannot be shared (a Date) a copy that finds its entry; changing that copy changes nothing.
 */
export class MapNode extends DraftNode {
  readonly face: object
  base: Map<unknown, unknown>
  copy: Map<unknown, unknown> | null = null
  /** The entries that were lent or written: the only ones to look at when the draft settles. */
  #kids: Map<unknown, unknown> | null = null
  #lentKeys: Map<unknown, unknown> | null = null
  #cursors: Cursor<unknown>[] | null = null
  #reshaped = false

  constructor(root: Root, base: object) {
    super(root)
    this.base = base as Map<unknown, unknown>
    this.face = new MapFace(this)
  }

  get untouched(): boolean {
    return this.#kids === null
  }

  get now(): Map<unknown, unknown> {
    return this.copy ?? this.base
  }

  get(key: unknown): unknown {
    const real = this.real(key)
    const value = this.now.get(real)
    if (typeof value !== 'object' || value === null) return value
    if (this.copy === null) {
      const kid = this.#kids?.get(real)
      if (kid !== undefined) return kid
    }
    const mark = markOf(value)
    if (mark === 0) return value
    const kid = this.root.lend(value, mark)
    this.#touch(real, kid)
    this.copy?.set(real, kid)
    return kid
  }

  set(key: unknown, value: unknown): void {
    const real = this.real(key)
    const { now } = this
    const known = now.has(real)
    if (known && Object.is(now.get(real), value)) return
    if (value !== undefined && this.copy === null && this.#kids?.get(real) === value) return
    this.own().set(real, value)
    this.#touch(real, value)
    if (!known) this.#reshaped = true
  }

  has(key: unknown): boolean {
    return this.now.has(this.real(key))
  }

  delete(key: unknown): boolean {
    const real = this.real(key)
    if (!this.now.has(real)) return false
    this.own().delete(real)
    this.#touch(real, undefined)
    return (this.#reshaped = true)
  }

  clear(): void {
    if (this.now.size === 0) return
    this.own().clear()
    this.#kids = new Map()
    this.#reshaped = true
  }

  iterate<T>(show: (key: unknown) => T): Cursor<T> {
    this.whole = true
    const cursor = new Cursor(this.now.keys(), show, this)
    if (this.copy === null) (this.#cursors ??= []).push(cursor)
    return cursor
  }

  /** The key as the handler may see it. */
  showKey(key: unknown): unknown {
    if (typeof key !== 'object' || key === null) return key
    const mark = markOf(key)
    if (mark === 0 || isShareable(mark)) return key
    for (const [lent, real] of this.#lentKeys ?? []) if (real === key) return lent
    const lent = releaseOf(key)
    ;(this.#lentKeys ??= new Map<unknown, unknown>()).set(lent, key)
    return lent
  }

  settle(up: Step | null): object {
    if (this.result !== UNSETTLED) return this.result as object
    if (this.settling) throw cycle(up)
    this.settling = true
    this.result = this.#kids === null ? this.base : this.#settled(this.#kids, up)
    this.base = this.result as Map<unknown, unknown>
    this.copy = this.#kids = null
    return this.base
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    for (const [key, kid] of this.#kids ?? []) {
      if (this.copy === null) yield [key, kid]
      else if (this.copy.has(key)) yield [key, this.copy.get(key)]
    }
  }

  #touch(key: unknown, value: unknown): void {
    ;(this.#kids ??= new Map<unknown, unknown>()).set(key, value)
  }

  #settled(kids: Map<unknown, unknown>, up: Step | null): Map<unknown, unknown> {
    const { base, copy } = this
    const here = enter(up, this.face)
    const tally = new Tally()
    let next = copy
    let changed = false
    for (const [key, kid] of kids) {
      if (copy !== null && !copy.has(key)) continue
      // A key of the handler's own has to be kept, too, in its place: the whole Map is built anew.
      if (!isKeptKey(key)) return keepMap(this.withKids(), base, this.root, up)
      const value = copy === null ? kid : copy.get(key)
      const old = base.get(key)
      here.key = key
      const part = keepOf(value, old, this.root, here)
      tally.add(key)
      tally.add(part)
      if (!Object.is(part, old)) changed = true
      else if (next === null) continue
      if (part !== value) (next ??= new Map(base)).set(key, part)
    }
    if (next === null || (!changed && !(this.#reshaped && !inSameOrder(base, next)))) return base
    return tally.finishFrom(base, next, up)
  }

  private real(key: unknown): unknown {
    return this.#lentKeys?.get(key) ?? key
  }

  private own(): Map<unknown, unknown> {
    this.wrote()
    if (this.copy !== null) return this.copy
    const copy = this.withKids()
    for (const cursor of this.#cursors ?? []) cursor.moveTo(copy.keys())
    this.#cursors = null
    return (this.copy = copy)
  }

  private withKids(): Map<unknown, unknown> {
    if (this.copy !== null) return this.copy
    const copy = new Map(this.base)
    if (this.#kids !== null) for (const [key, kid] of this.#kids) copy.set(key, kid)
    return copy
  }
}

const isKeptKey = (key: unknown): boolean =>
  isPrimitive(key) || (typeof key === 'object' && key !== null && markOf(key) !== 0)
