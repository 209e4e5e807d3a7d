import { inspect } from 'node:util'
import { mutators, readers } from './array-methods.js'
import { refuseHole } from './copy.js'
import { ProxyNode } from './draft-proxy.js'
import { isForeign } from './foreign.js'
import { inspectDraft } from './inspect.js'
import { keepOf } from './keep.js'
import { markOf } from './kept.js'
import { NODE, type Root } from './node.js'
import { isPrimitive, refuseSymbols } from './shape.js'
import { enter, type Step } from './step.js'
import { Tally } from './tally.js'

type List = readonly unknown[]

/** An array under draft. What was lent is found by index as a string. */
export class ArrayNode extends ProxyNode<List> {
  declare copy: unknown[] | null
  /** How many elements of the base stand at the beginning and at the end of the copy as they were. */
  private head = 0
  private tail = 0
  /** Whether a property was written that is no element: it is dropped when the draft settles. */
  private named = false
  /** The indexes that were read since the last write. */
  private seen: Set<string | symbol> | null = null

  constructor(root: Root, base: object) {
    super(root, base as List, TARGET)
  }

  get(_target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === NODE) return this.answer(receiver)
    if (this.root.ended) this.alive()
    const value = this.now[key as unknown as number]
    if (this.written && !this.whole) this.look(key)
    if (typeof value === 'object' && value !== null) return this.lent(key as string, value)
    return typeof value === 'function' ? (mutators.get(key as string) ?? value) : value
  }

  set(_target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (this.root.ended) this.alive()
    if (receiver !== this.face) return Reflect.set([], key, value, receiver)
    const { now } = this
    if (Object.hasOwn(now, key)) {
      if (Object.is(now[key as unknown as number], value)) return true
      if (value !== undefined && this.kid(key as string) === value) return true
    }
    const copy = this.own()
    const { length } = copy
    ;(copy as unknown as Record<string, unknown>)[key as string] = value
    if (key === 'length') this.moved(Math.min(length, copy.length), 0)
    else if (isIndex(key)) this.changed(Number(key))
    else this.named = true
    return true
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.now, key)) return true
    const gone = Reflect.deleteProperty(this.own(), key)
    if (isIndex(key)) this.changed(Number(key))
    return gone
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    if (this.copy !== null) yield* this.copy.entries()
    else for (const [key, kid] of this.kids ?? []) yield [Number(key), kid]
  }

  /** What the array is now: its own to be changed by a mutating method, after it is told of the write. */
  own(): unknown[] {
    this.wrote()
    this.seen = null
    if (this.copy !== null) return this.copy
    const { length } = this.base
    const copy = (this.copy = [...this.base])
    this.head = this.tail = length
    for (const [key, kid] of this.kids ?? []) {
      copy[key as unknown as number] = kid
      this.changed(Number(key))
    }
    return copy
  }

  /** At most so many elements at either end are still what and where they were. */
  moved(head: number, tail: number): void {
    if (head < this.head) this.head = Math.max(head, 0)
    if (tail < this.tail) this.tail = Math.max(tail, 0)
  }

  /** A draft of an element that was taken out. */
  lendTaken(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    const mark = markOf(value)
    return mark === 0 ? value : this.root.lend(value, mark)
  }

  protected override become(up: Step | null): List {
    const here = enter(up, this.face)
    return this.copy === null ? this.settledParts(here, up) : this.settledCopy(this.copy, here, up)
  }

  /** Nothing was written to the array itself: only the elements that were lent can differ. */
  private settledParts(here: Step, up: Step | null): List {
    const { base } = this
    const tally = new Tally()
    let next: unknown[] | null = null
    for (const [key, kid] of this.kids ?? []) {
      const index = Number(key)
      here.key = index
      const part = keepOf(kid, base[index], this.root, here)
      if (Object.is(part, base[index])) continue
      ;(next ??= [...base])[index] = part
      tally.add(part)
    }
    return next === null ? base : tally.finishFrom(base, next, up)
  }

  /** Looks at the elements between those that stand as they were. */
  private settledCopy(copy: unknown[], here: Step, up: Step | null): List {
    const { base } = this
    if (this.named) refuseSymbols(copy, up)
    const next = this.named ? copy.slice() : copy
    const end = next.length - this.tail
    const tally = new Tally()
    let same = next.length === base.length
    for (let i = this.head; i < end; i++) {
      const value = next[i]
      const old = base[i]
      if (Object.is(value, old) && value !== undefined) continue
      let part = value
      const mark = typeof value === 'object' && value !== null ? markOf(value) : 0
      if (mark !== 0 && !isForeign(value as object, mark, this.root.types)) {
        tally.addMark(mark)
      } else if (!isPrimitive(value)) {
        here.key = i
        part = keepOf(value, old, this.root, here)
        if (part !== value) next[i] = part
        tally.add(part)
      } else if (value === undefined) {
        refuseHole(next, i, up)
      }
      if (same && !Object.is(part, old)) same = false
    }
    return same ? base : tally.finishFrom(base, next, up)
  }

  /** A read after a write. The array was read as a whole by a method that goes through it, or when each element was read. */
  private look(key: string | symbol): void {
    const { length } = this.now
    if (key === 'length') {
      this.whole = length === 0
    } else if (readers.has(key)) {
      this.whole = true
    } else if (isIndex(key) && Number(key) < length) {
      this.seen ??= new Set<string | symbol>()
      this.whole = this.seen.add(key).size === length
    }
  }

  protected override place(key: string, kid: object): void {
    if (this.copy === null) {
      this.touch(key, kid)
    } else {
      this.copy[key as unknown as number] = kid
      this.changed(Number(key))
    }
  }

  private changed(index: number): void {
    this.moved(index, this.now.length - 1 - index)
  }
}

const isIndex = (key: string | symbol): boolean =>
  typeof key === 'string' && String(Number(key) >>> 0) === key

const TARGET: object = Object.setPrototypeOf(
  [],
  Object.create(Array.prototype, {
    [inspect.custom]: { value: inspectDraft },
  }) as object,
) as object
