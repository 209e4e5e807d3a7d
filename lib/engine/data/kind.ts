import { types as is } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { isError } from './error-codec.js'
import { Kind } from './kept.js'
import { isDetached, isLeaf } from './leaf.js'
import { isStored } from './stored.js'
import { isTransfer } from './transfer.js'
import type { TypeTable } from './types.js'

/** What a value is that is neither kept nor under draft. The common kinds are found first; built-ins of any realm are recognised. */
export function kindOf(value: object, types: TypeTable): Kind {
  if (Array.isArray(value)) return Kind.array
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype || prototype === null) return Kind.plain
  return unusualKind(value, prototype, types)
}

function unusualKind(value: object, prototype: object, types: TypeTable): Kind {
  if (isTransfer(value)) return Kind.leaf
  if (types.hasFields(prototype)) return Kind.typed
  if (types.codecOf(prototype) !== undefined) return Kind.opaque
  if (is.isMap(value)) return Kind.map
  if (is.isSet(value)) return Kind.set
  if (isLeaf(value)) return isDetached(value) ? Kind.refused : Kind.leaf
  if (isError(value)) return Kind.opaque
  if (is.isBoxedPrimitive(value)) return Kind.boxed
  if (isStored(value, prototype)) return Kind.stored
  return whyRefused(value) === undefined ? Kind.plain : Kind.refused
}

/** What is not data and what to do instead, undefined for what is data. */
export function whyRefused(value: unknown): readonly [what: string, cure: string] | undefined {
  if (typeof value === 'function') return ['a function', 'Keep what it works on, and call it by its name.']
  if (typeof value === 'symbol') return ['a symbol', 'Keep a string instead.']
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof MessagePort) return ['a MessagePort', 'Send it in a payload as transfer(port).']
  if (is.isPromise(value)) return ['a Promise', 'Await it first.']
  if (isDetached(value))
    return ['a detached ArrayBuffer', 'It was transferred: keep a copy made before that.']
  if (is.isSharedArrayBuffer(value) || is.isArrayBufferView(value)) {
    return ['shared memory (SharedArrayBuffer)', 'Copy it into an ordinary buffer first.']
  }
  if (is.isWeakMap(value) || is.isWeakSet(value) || tagOf(value) === 'WeakRef') {
    return [`a ${tagOf(value)}`, 'Hold its members strongly: in a Map, in a Set or by themselves.']
  }
  if (is.isGeneratorObject(value) || is.isMapIterator(value) || is.isSetIterator(value)) {
    return ['a generator or an iterator', 'Spread it into an array first.']
  }
  if (is.isExternal(value)) return ['a native handle', 'Hold it in the callback module, not in the state.']
  return hidesItsData(value)
}

/** An instance without own fields but with accessors, such as a URL, keeps its data where no copy can see it. */
function hidesItsData(value: object): readonly [string, string] | undefined {
  if (Object.getOwnPropertyNames(value).length > 0) return undefined
  let prototype = Object.getPrototypeOf(value) as object | null
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    // The last prototype is an Object.prototype, of whatever realm; its `__proto__` is an accessor too.
    if (Object.getPrototypeOf(prototype) === null) return undefined
    for (const key of Reflect.ownKeys(prototype)) {
      if (key === Symbol.toStringTag) continue
      if (Object.getOwnPropertyDescriptor(prototype, key)?.get !== undefined) return privateData(value)
    }
  }
  return undefined
}

function privateData(value: object): readonly [string, string] {
  const name = nameOfClass(value)
  const cure =
    name === 'URL'
      ? 'Store its href.'
      : `Store what it is made from, or declare ${name} in types with toState and fromState.`
  return [`an instance of ${name}, whose data is private`, cure]
}

function nameOfClass(value: object): string {
  const { constructor } = value as { constructor?: unknown }
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'its class'
}

const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)
