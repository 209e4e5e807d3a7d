import { inspect } from 'node:util'
import { ProxyNode } from './draft-proxy.js'
import { inspectDraft } from './inspect.js'
import { keepOf } from './keep.js'
import { sameKeys } from './keys.js'
import { NODE, type Root } from './node.js'
import { hasKeys, isPrimitive, put, shallow, symbolKey, type Dict } from './shape.js'
import { enter, type Step } from './step.js'
import { Tally } from './tally.js'

/** A plain object, or an instance of a declared type with public fields, under draft. */
export class ObjectNode extends ProxyNode<Dict> {
  /** Whether a key was added or removed. */
  private reshaped = false

  constructor(root: Root, base: object) {
    super(root, base as Dict, TARGET)
  }

  get(_target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === NODE) return this.answer(receiver)
    if (this.root.ended) this.alive()
    const value = this.now[key as string]
    return typeof value !== 'object' || value === null ? value : this.lent(key as string, value)
  }

  set(_target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (this.root.ended) this.alive()
    if (receiver !== this.face) return Reflect.set({}, key, value, receiver)
    return this.write(key as string, value)
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (this.root.ended) this.alive()
    if (!Object.hasOwn(this.now, key)) return true
    delete this.own()[key as string]
    this.touch(key as string, undefined)
    this.reshaped = true
    return true
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    const { copy } = this
    for (const [key, kid] of this.kids ?? []) {
      if (copy === null) yield [key, kid]
      else if (Object.hasOwn(copy, key)) yield [key, copy[key]]
    }
  }

  protected write(key: string, value: unknown): boolean {
    const { now } = this
    const known = Object.hasOwn(now, key)
    if (known && (Object.is(now[key], value) || (value !== undefined && this.kid(key) === value))) return true
    put(this.own(), key, value)
    this.touch(key, value)
    if (!known) this.reshaped = true
    return true
  }

  /** Looks at the keys that were lent or written: no other can differ. */
  protected override become(up: Step | null): Dict {
    const { base, copy } = this
    let next = copy
    let changed = false
    let here: Step | null = null
    const tally = new Tally()
    for (const [key, kid] of this.kids as Map<string, unknown>) {
      if (copy !== null && !Object.hasOwn(copy, key)) continue
      if (typeof key === 'symbol') throw symbolKey(key, up)
      const value = copy === null ? kid : copy[key]
      const old = base[key]
      let part = value
      if (!isPrimitive(value)) {
        here ??= enter(up, this.face)
        here.key = key
        part = keepOf(value, old, this.root, here)
        tally.add(part)
      }
      if (!Object.is(part, old)) changed = true
      else if (next === null) continue
      if (part !== value) put((next ??= shallow(base)), key, part)
    }
    if (next === null || (!changed && !(this.reshaped && !hasKeys(base, Object.keys(next))))) return base
    if (!this.reshaped) sameKeys(base, next)
    return tally.finishFrom(base, next, up)
  }

  protected override place(key: string, kid: object): void {
    this.touch(key, kid)
    if (this.copy !== null) put(this.copy, key, kid)
  }

  private own(): Dict {
    this.wrote()
    if (this.copy !== null) return this.copy
    const copy = shallow(this.base)
    if (this.kids !== null) for (const [key, kid] of this.kids) put(copy, key, kid)
    return (this.copy = copy)
  }
}

const TARGET: object = Object.create({ [inspect.custom]: inspectDraft }) as object
