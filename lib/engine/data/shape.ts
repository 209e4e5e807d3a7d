import { keysOf, WIDE } from './keys.js'
import { refusal, type Step } from './step.js'

export type Dict = Record<string, unknown>

const FEW = 16

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

/**
 * Whether V8 is better at copying the whole than key by key. Written key by key a plain object becomes a dictionary past some
 * fifteen keys; cloned it stays an object of a known shape. A kept one becomes a dictionary all the same, by its brand, where its
 * fields fill their store (four in the object, then three at a time) to the last; and cloning dictionaries is slow.
 */
function isCloned(width: number): boolean {
  return width <= FEW || (width <= WIDE && width % 3 !== 1)
}

/** Writes an own property, whatever the key is called. */
export function put(target: Dict, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    target[key] = value
  }
}

/** A shallow copy of a kept object. */
export function shallow(source: object): Dict {
  const keys = keysOf(source)
  if (isCloned(keys.length) && Object.getPrototypeOf(source) === Object.prototype) return { ...source }
  return copyInto(blankLike(source, keys.length), source, keys)
}

/** A copy of a Map: written entry by entry it is made in two thirds of the time. */
export function copyOfMap(source: Map<unknown, unknown>): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>()
  source.forEach((value, key) => copy.set(key, value))
  return copy
}

/** A copy of a Set, likewise. */
export function copyOfSet(source: Set<unknown>): Set<unknown> {
  const copy = new Set<unknown>()
  source.forEach(member => copy.add(member))
  return copy
}

/** Writes properties of an object to an empty one. */
export function copyInto(target: Dict, source: object, keys: readonly string[]): Dict {
  for (const key of keys) put(target, key, (source as Dict)[key])
  return target
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
