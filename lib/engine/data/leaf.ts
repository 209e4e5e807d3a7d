import { types as is } from 'node:util'

type View = Uint8Array | DataView
type TypedArrayClass = new (length: number) => Uint8Array

/** The name of a typed array's class, in whatever realm it was made; undefined for a DataView. */
const tagGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)
const nameOfTypedArray = (view: object): string | undefined =>
  tagGetter?.get?.call(view) as string | undefined
const timeOf = (date: Date): number => Date.prototype.getTime.call(date)

/** Whether a value is a leaf: data that is changed in place by its own methods, so it can only be handed out as a copy. */
export function isLeaf(value: object): boolean {
  return is.isDate(value) || is.isRegExp(value) || is.isArrayBuffer(value) || isPlainView(value)
}

/** Whether the memory of a leaf was transferred away: the bytes it stood for are gone. */
export function isDetached(leaf: object): boolean {
  if (!is.isArrayBuffer(leaf) && !is.isArrayBufferView(leaf)) return false
  const buffer = is.isArrayBuffer(leaf) ? leaf : leaf.buffer
  if (buffer.byteLength > 0) return false
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/** A copy of a leaf that shares nothing with it; of a view only its window, in memory of its own. */
export function copyLeaf(leaf: object): object {
  if (is.isDate(leaf)) return new Date(timeOf(leaf))
  if (is.isRegExp(leaf)) return copyRegExp(leaf)
  if (is.isArrayBuffer(leaf)) return new Uint8Array(new Uint8Array(leaf)).buffer
  return copyView(leaf as View)
}

/** Whether two leaves hold the same data. */
export function equalLeaf(a: object, b: object): boolean {
  if (is.isDate(a)) return is.isDate(b) && Object.is(timeOf(a), timeOf(b))
  if (is.isRegExp(a))
    return is.isRegExp(b) && a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex
  if (tagOf(a) !== tagOf(b) || isDetached(a)) return false
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0
}

function isPlainView(value: object): boolean {
  return is.isArrayBufferView(value) && !is.isSharedArrayBuffer(value.buffer)
}

function copyRegExp(source: RegExp): RegExp {
  const copy = new RegExp(source.source, source.flags)
  copy.lastIndex = source.lastIndex
  return copy
}

function copyView(view: View): object {
  const name = nameOfTypedArray(view)
  if (name === undefined) {
    const bytes = new Uint8Array(bytesOf(view))
    return new DataView(bytes.buffer)
  }
  // Buffer.alloc, unlike Buffer.from, never hands out a piece of the shared pool.
  if (Buffer.isBuffer(view)) return copyInto(Buffer.alloc(view.length), view)
  const TypedArray = (globalThis as unknown as Record<string, TypedArrayClass>)[name] ?? Uint8Array
  return copyInto(new TypedArray((view as Uint8Array).length), view as Uint8Array)
}

function copyInto(target: Uint8Array, source: Uint8Array): Uint8Array {
  target.set(source)
  return target
}

/** What kind of binary it is. */
export function tagOf(value: object): string {
  if (is.isArrayBuffer(value)) return 'ArrayBuffer'
  if (!is.isArrayBufferView(value)) return 'none'
  if (Buffer.isBuffer(value)) return 'Buffer'
  return nameOfTypedArray(value) ?? 'DataView'
}

/** The bytes of binary, not copied. */
export function bytesOf(value: object): Uint8Array {
  if (is.isArrayBuffer(value)) return new Uint8Array(value)
  const view = value as View
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
