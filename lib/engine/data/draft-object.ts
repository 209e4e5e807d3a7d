import { inspect } from 'node:util'
import { inspectDraft } from './inspect.js'
import { keepOf } from './keep.js'
import { markOf } from './kept.js'
import { DraftNode, NODE, UNSETTLED, type Root } from './node.js'
import { hasKeys, isPrimitive, put, shallow, symbolKey, type Dict } from './shape.js'
import { cycle, enter, type Step } from './step.js'
import { Tally } from './tally.js'

/** A plain object, or an instance of a declared type with public fields, under draft. The node is its own proxy handler. */
export class ObjectNode extends DraftNode implements ProxyHandler<object> {
  readonly face: object
  base: Dict
  /** What the object is now, once something was written. */
  copy: Dict | null = null
  /** The keys that were lent or written: the only ones to look at when the draft settles. */
  kids: Map<string, unknown> | null = null
  /** Whether a key was added or removed. */
  reshaped = false

  constructor(root: Root, base: object) {
    super(root)
    this.base = base as Dict
    this.face = new Proxy(TARGET, this)
  }

  get untouched(): boolean {
    return this.kids === null
  }

  get(_target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === NODE) return receiver === this.face ? this : undefined
    if (this.root.ended) this.alive()
    const value = (this.copy ?? this.base)[key as string]
    if (typeof value !== 'object' || value === null) return value
    return this.lent(key as string, value)
  }

  set(_target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (this.root.ended) this.alive()
    if (receiver !== this.face) return Reflect.set({}, key, value, receiver)
    return this.write(key as string, value)
  }

  has(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    return key in (this.copy ?? this.base)
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.copy ?? this.base, key)) return true
    delete this.own()[key as string]
    this.kidsOf().set(key as string, undefined)
    this.reshaped = true
    return true
  }

  ownKeys(): (string | symbol)[] {
    if (this.root.ended) this.alive()
    this.whole = true
    return Reflect.ownKeys(this.copy ?? this.base)
  }

  getOwnPropertyDescriptor(_target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.copy ?? this.base, key)) return undefined
    const value = this.get(_target, key, undefined)
    return { value, writable: true, enumerable: true, configurable: true }
  }

  getPrototypeOf(): object | null {
    if (this.root.ended) this.alive()
    return Object.getPrototypeOf(this.base) as object | null
  }

  defineProperty(): boolean {
    throw new TypeError('A draft takes plain values: assign the property instead of defining it.')
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
    this.result = this.kids === null ? this.base : this.settled(this.kids, up)
    // From here on it is a draft of what it became.
    this.base = this.result as Dict
    this.copy = this.kids = null
    return this.base
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    if (this.kids === null) return
    const now = this.copy ?? this.base
    for (const [key, kid] of this.kids) {
      if (this.copy === null) yield [key, kid]
      else if (Object.hasOwn(now, key)) yield [key, now[key]]
    }
  }

  protected lent(key: string, value: object): unknown {
    if (this.copy === null) {
      const kid = this.kids?.get(key)
      if (kid !== undefined) return kid
    }
    const mark = markOf(value)
    if (mark === 0) return value
    const kid = this.root.lend(value, mark)
    this.kidsOf().set(key, kid)
    if (this.copy !== null) put(this.copy, key, kid)
    return kid
  }

  protected write(key: string, value: unknown): boolean {
    const now = this.copy ?? this.base
    const known = Object.hasOwn(now, key)
    if (known && (Object.is(now[key], value) || (this.copy === null && this.isKid(key, value)))) return true
    put(this.own(), key, value)
    this.kidsOf().set(key, value)
    if (!known) this.reshaped = true
    return true
  }

  private isKid(key: string, value: unknown): boolean {
    return value !== undefined && this.kids?.get(key) === value
  }

  private kidsOf(): Map<string, unknown> {
    return (this.kids ??= new Map<string, unknown>())
  }

  private own(): Dict {
    this.wrote()
    if (this.copy !== null) return this.copy
    const copy = shallow(this.base)
    if (this.kids !== null) for (const [key, kid] of this.kids) put(copy, key, kid)
    return (this.copy = copy)
  }

  private settled(kids: Map<string, unknown>, up: Step | null): object {
    const { base } = this
    const here = enter(up, this.face)
    let next = this.copy
    let changed = false
    const tally = new Tally()
    for (const [key, kid] of kids) {
      if (this.copy !== null && !Object.hasOwn(this.copy, key)) continue
      if (typeof key === 'symbol') throw symbolKey(key, up)
      const value = this.copy === null ? kid : this.copy[key]
      const old = base[key]
      let part = value
      if (!isPrimitive(value)) {
        here.key = key
        part = keepOf(value, old, this.root, here)
        tally.add(part)
      }
      if (!Object.is(part, old)) changed = true
      else if (next === null) continue
      if (part !== value) put((next ??= shallow(base)), key, part)
    }
    if (next === null || (!changed && !(this.reshaped && !hasKeys(base, Object.keys(next))))) return base
    return tally.finishFrom(base, next, up)
  }
}

const TARGET: object = Object.create({ [inspect.custom]: inspectDraft }) as object
