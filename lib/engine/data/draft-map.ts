import { CollectionNode } from './draft-collection.js'
import { MapFace } from './face-map.js'
import { keepMap, keepOf } from './keep.js'
import { isShareable, markOf } from './kept.js'
import type { Root } from './node.js'
import { releaseOf } from './release.js'
import { copyOfMap, inSameOrder, isPrimitive } from './shape.js'
import { enter, type Step } from './step.js'
import { Tally } from './tally.js'

type Dictionary = Map<unknown, unknown>

/**
 * A Map under draft. Values are lent like properties. A key that is an object is not drafted: the handler sees the frozen
 * kept key, or for a key that cannot be shared (a Date) a copy that finds its entry; changing that copy changes nothing.
 */
export class MapNode extends CollectionNode<Dictionary> {
  readonly face: object
  private lentKeys: Dictionary | null = null
  private reshaped = false

  constructor(root: Root, base: object) {
    super(root, base as Dictionary)
    this.face = new MapFace(this)
  }

  get(key: unknown): unknown {
    const real = this.real(key)
    const value = this.now.get(real)
    if (typeof value !== 'object' || value === null) return value
    return this.lent(real, value)
  }

  set(key: unknown, value: unknown): void {
    const real = this.real(key)
    const { now } = this
    const known = now.has(real)
    if (known && (Object.is(now.get(real), value) || (value !== undefined && this.kid(real) === value)))
      return
    this.own().set(real, value)
    this.touch(real, value)
    if (!known) this.reshaped = true
  }

  has(key: unknown): boolean {
    return this.now.has(this.real(key))
  }

  delete(key: unknown): boolean {
    const real = this.real(key)
    if (!this.now.has(real)) return false
    this.own().delete(real)
    this.touch(real, undefined)
    return (this.reshaped = true)
  }

  override clear(): void {
    if (this.now.size === 0) return
    super.clear()
    this.kids = new Map()
    this.reshaped = true
  }

  /** The key as the handler may see it. */
  showKey(key: unknown): unknown {
    if (typeof key !== 'object' || key === null) return key
    const mark = markOf(key)
    if (mark === 0 || isShareable(mark)) return key
    for (const [lent, real] of this.lentKeys ?? []) if (real === key) return lent
    const lent = releaseOf(key)
    ;(this.lentKeys ??= new Map<unknown, unknown>()).set(lent, key)
    return lent
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    const { copy } = this
    for (const [key, kid] of this.kids ?? []) {
      if (copy === null) yield [key, kid]
      else if (copy.has(key)) yield [key, copy.get(key)]
    }
  }

  protected override become(up: Step | null): Dictionary {
    const { base, copy } = this
    const here = enter(up, this.face)
    const tally = new Tally()
    let next = copy
    let changed = false
    for (const [key, kid] of this.kids as Dictionary) {
      if (copy !== null && !copy.has(key)) continue
      // A key of the handler's own has to be kept, too, in its place: the whole Map is built anew.
      if (!isKeptKey(key)) return keepMap(copy ?? this.copied(), base, this.root, up)
      const value = copy === null ? kid : copy.get(key)
      const old = base.get(key)
      here.key = key
      const part = keepOf(value, old, this.root, here)
      tally.add(key)
      tally.add(part)
      if (!Object.is(part, old)) changed = true
      else if (next === null) continue
      if (part !== value) (next ??= copyOfMap(base)).set(key, part)
    }
    if (next === null || (!changed && !(this.reshaped && !inSameOrder(base, next)))) return base
    return tally.finishFrom(base, next, up)
  }

  protected override place(key: unknown, kid: object): void {
    this.touch(key, kid)
    this.copy?.set(key, kid)
  }

  protected override copied(): Dictionary {
    const copy = copyOfMap(this.base)
    for (const [key, kid] of this.kids ?? []) copy.set(key, kid)
    return copy
  }

  private real(key: unknown): unknown {
    return this.lentKeys?.get(key) ?? key
  }
}

const isKeptKey = (key: unknown): boolean =>
  isPrimitive(key) || (typeof key === 'object' && key !== null && markOf(key) !== 0)
