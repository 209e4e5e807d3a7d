import { inspect } from 'node:util'
import { inspectDraft } from './inspect.js'
import { markOf } from './kept.js'
import { refuseHole } from './copy.js'
import { isForeign } from './foreign.js'
import { keepOf } from './keep.js'
import { DraftNode, NODE, nodeOf, UNSETTLED, type Root } from './node.js'
import { isPrimitive, refuseSymbols } from './shape.js'
import { cycle, enter, type Step } from './step.js'
import { Tally } from './tally.js'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** An array under draft. The node is its own proxy handler. */
export class ArrayNode extends DraftNode implements ProxyHandler<object> {
  readonly face: object
  base: readonly unknown[]
  /** What the array is now, once something was written. */
  copy: unknown[] | null = null
  /** The elements that were lent, by index as a string. */
  kids: Map<string, unknown> | null = null
  /** Whether a property was written that is no element: it is dropped when the draft settles. */
  named = false
  /** The indexes that were read since the last write. */
  private seen: Set<string | symbol> | null = null

  constructor(root: Root, base: object) {
    super(root)
    this.base = base as readonly unknown[]
    this.face = new Proxy(TARGET, this)
  }

  get untouched(): boolean {
    return this.kids === null && this.copy === null
  }

  get(_target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === NODE) return receiver === this.face ? this : undefined
    if (this.root.ended) this.alive()
    const value = (this.copy ?? this.base)[key as unknown as number]
    if (this.written && !this.whole) this.look(key)
    if (typeof value === 'object' && value !== null) return this.lent(key as string, value)
    return typeof value === 'function' ? (mutators.get(key as string) ?? value) : value
  }

  set(_target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (this.root.ended) this.alive()
    if (receiver !== this.face) return Reflect.set([], key, value, receiver)
    const now = this.copy ?? this.base
    if (Object.hasOwn(now, key)) {
      if (Object.is(now[key as unknown as number], value)) return true
      if (value !== undefined && this.copy === null && this.kids?.get(key as string) === value) return true
    }
    const copy = this.own() as unknown as Record<string, unknown>
    copy[key as string] = value
    if (key !== 'length' && !isIndex(key)) this.named = true
    return true
  }

  has(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    return key in (this.copy ?? this.base)
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.copy ?? this.base, key)) return true
    return Reflect.deleteProperty(this.own(), key)
  }

  ownKeys(): (string | symbol)[] {
    if (this.root.ended) this.alive()
    this.whole = true
    return Reflect.ownKeys(this.copy ?? this.base)
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.copy ?? this.base, key)) return undefined
    const isLength = key === 'length'
    const value: unknown = this.get(target, key, undefined)
    return { value, writable: true, enumerable: !isLength, configurable: !isLength }
  }

  getPrototypeOf(): object {
    if (this.root.ended) this.alive()
    return Array.prototype as object
  }

  defineProperty(): boolean {
    throw new TypeError('A draft takes plain values: assign the element instead of defining it.')
  }

  setPrototypeOf(): boolean {
    throw new TypeError('The prototype of a draft cannot be changed.')
  }

  preventExtensions(): boolean {
    throw new TypeError('A draft cannot be frozen: the state is frozen when the handler is done.')
  }

  settle(up: Step | null): object {
    if (this.result !== UNSETTLED) return this.result as object
    if (this.settling) throw cycle(up)
    this.settling = true
    this.result = this.untouched ? this.base : this.settled(up)
    this.base = this.result as readonly unknown[]
    this.copy = this.kids = null
    return this.base
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    if (this.copy === null) {
      if (this.kids !== null) for (const [key, kid] of this.kids) yield [Number(key), kid]
    } else {
      yield* this.copy.entries()
    }
  }

  /** What the array is now: its own to be changed by a mutating method, after it is told of the write. */
  own(): unknown[] {
    this.wrote()
    this.seen = null
    return (this.copy ??= this.now())
  }

  /** A draft of an element that was taken out. */
  lendTaken(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    const mark = markOf(value)
    return mark === 0 ? value : this.root.lend(value, mark)
  }

  private settled(up: Step | null): readonly unknown[] {
    const here = enter(up, this.face)
    return this.copy === null ? this.settledParts(here, up) : this.settledCopy(this.copy, here, up)
  }

  /** Nothing was written to the array itself: only the elements that were lent can differ. */
  private settledParts(here: Step, up: Step | null): readonly unknown[] {
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

  private settledCopy(copy: unknown[], here: Step, up: Step | null): readonly unknown[] {
    const { base } = this
    if (this.named) refuseSymbols(copy, up)
    const next = this.named ? copy.slice() : copy
    const tally = new Tally()
    let same = next.length === base.length
    for (let i = 0; i < next.length; i++) {
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
    const { length } = this.copy ?? this.base
    if (key === 'length') {
      this.whole = length === 0
    } else if (readers.has(key)) {
      this.whole = true
    } else if (isIndex(key) && Number(key) < length) {
      this.seen ??= new Set<string | symbol>()
      this.whole = this.seen.add(key).size === length
    }
  }

  private now(): unknown[] {
    if (this.copy !== null) return this.copy
    const now = [...this.base]
    if (this.kids !== null) for (const [key, kid] of this.kids) now[key as unknown as number] = kid
    return now
  }

  private lent(key: string, value: object): unknown {
    if (this.copy === null) {
      const kid = this.kids?.get(key)
      if (kid !== undefined) return kid
    }
    const mark = markOf(value)
    if (mark === 0) return value
    const kid = this.root.lend(value, mark)
    if (this.copy === null) (this.kids ??= new Map()).set(key, kid)
    else this.copy[key as unknown as number] = kid
    return kid
  }
}

const isIndex = (key: string | symbol): boolean =>
  typeof key === 'string' && String(Number(key) >>> 0) === key

/**
 * The methods that move elements work on the copy itself: through the traps each moved element would become a draft.
 */
function mutator(name: string): Method {
  const native = Array.prototype[name as unknown as number] as Method
  return function (this: unknown, ...args: unknown[]): unknown {
    const node = typeof this === 'object' && this !== null ? nodeOf(this) : undefined
    if (!(node instanceof ArrayNode)) return native.apply(this, args)
    node.alive()
    const out = native.apply(node.own(), args)
    if (out === node.copy) return node.face
    return name === 'splice' ? (out as unknown[]).map(value => node.lendTaken(value)) : node.lendTaken(out)
  }
}

const mutators: ReadonlyMap<string, Method> = new Map(
  ['push', 'pop', 'shift', 'unshift', 'splice', 'reverse'].map(name => [name, mutator(name)]),
)

/** The methods that go through the array, or through the part of it that was asked for. */
const readers: ReadonlySet<string | symbol> = new Set<string | symbol>([
  ...[
    'map',
    'filter',
    'slice',
    'concat',
    'flat',
    'flatMap',
    'forEach',
    'reduce',
    'reduceRight',
    'join',
    'toString',
  ],
  ...['keys', 'values', 'entries', 'toSorted', 'toReversed', 'toSpliced', 'with', Symbol.iterator],
])

const TARGET: object = Object.setPrototypeOf(
  [],
  Object.create(Array.prototype, {
    [inspect.custom]: { value: inspectDraft },
  }) as object,
) as object
