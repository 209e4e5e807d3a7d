import { types as is } from 'node:util'

/**
 * Prints data so that two values print alike exactly when they are the same data: order, -0, types and classes included.
 * Works on drafts as on the real thing, and across realms.
 */
export function show(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${Array.from(value, show).join(', ')}]`
  if (value instanceof Map)
    return `Map(${value.size}){${[...value].map(pair => pair.map(show).join(' => ')).join(', ')}}`
  if (value instanceof Set) return `Set(${value.size}){${[...value].map(show).join(', ')}}`
  return showLeaf(value) ?? showFields(value)
}

function showLeaf(value: object): string | undefined {
  if (is.isDate(value)) return `Date(${value.getTime()})`
  if (is.isRegExp(value)) return `${String(value)}@${value.lastIndex}`
  if (is.isArrayBuffer(value)) return `ArrayBuffer(${hex(new Uint8Array(value))})`
  if (is.isArrayBufferView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    return `${value.constructor.name}(${hex(bytes)})`
  }
  if (is.isNativeError(value)) {
    const { name, message, stack, cause } = value
    return `${name}(${JSON.stringify(message)}, ${JSON.stringify(stack)}, ${show(cause)}, ${showFields(Object.assign({}, value))})`
  }
  return undefined
}

function showFields(value: object): string {
  const { constructor } = Object.getPrototypeOf(value) as { constructor: { name: string } }
  const name = constructor.name === 'Object' ? '' : `${constructor.name} `
  const fields = Object.keys(value).map(
    key => `${JSON.stringify(key)}: ${show((value as Record<string, unknown>)[key])}`,
  )
  return `${name}{${fields.join(', ')}}`
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
