import { refusal, type Step } from './step.js'

export type Dict = Record<string, unknown>

const WIDE = 128

/**
 * An empty object to be filled with `width` keys. Past some hundred keys V8 walks one hidden class a key unless the object
 * starts out as a dictionary: filling 1 000 keys is four times faster then.
 */
export function blank(width: number): Dict {
  if (width <= WIDE) return {}
  const dictionary: Dict = { a: 0, b: 0 }
  delete dictionary.a
  delete dictionary.b
  return dictionary
}

/** An empty object like `source`: its prototype is kept for a declared type. */
export function blankLike(source: object, width: number): Dict {
  const prototype = Object.getPrototypeOf(source) as object | null
  return prototype === Object.prototype ? blank(width) : (Object.create(prototype) as Dict)
}

/** Writes an own property, whatever the key is called. */
export function put(target: Dict, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    target[key] = value
  }
}

/** A shallow copy of a kept object. Spread is several times slower on frozen and on wide objects. */
export function shallow(source: object): Dict {
  const keys = Object.keys(source)
  const out = blankLike(source, keys.length)
  for (const key of keys) put(out, key, (source as Dict)[key])
  return out
}

/** Whether `node` has exactly these keys in this order. */
export function hasKeys(node: object, keys: readonly string[]): boolean {
  const own = Object.keys(node)
  if (own.length !== keys.length) return false
  for (let i = 0; i < own.length; i++) if (own[i] !== keys[i]) return false
  return true
}

/** Whether two Maps have the same keys, or two Sets the same members, in the same order. */
export function inSameOrder(
  a: Map<unknown, unknown> | Set<unknown>,
  b: Map<unknown, unknown> | Set<unknown>,
): boolean {
  if (a.size !== b.size) return false
  const others = b.keys()
  for (const key of a.keys()) if (!Object.is(key, others.next().value)) return false
  return true
}

/** Refuses an object with an enumerable symbol key. */
export function refuseSymbols(source: object, up: Step | null): void {
  const symbols = Object.getOwnPropertySymbols(source)
  for (const symbol of symbols) {
    if (!Object.prototype.propertyIsEnumerable.call(source, symbol)) continue
    throw symbolKey(symbol, up)
  }
}

/** The error for an object with a symbol key. */
export function symbolKey(symbol: symbol, up: Step | null): Error {
  return refusal(`an object with the symbol key ${String(symbol)}`, up, 'Use a string key.')
}

/** Whether a value needs no look inside: the primitives that are data. */
export function isPrimitive(value: unknown): boolean {
  const type = typeof value
  return type === 'object' ? value === null : type !== 'function' && type !== 'symbol'
}
