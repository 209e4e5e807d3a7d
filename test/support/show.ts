import { inspect, types as is } from 'node:util'
import { Celsius } from './samples.js'

/** All that can be seen of a value, as a string, to compare what it was with what it is. */
export const show = (value: unknown): string => {
  if (value instanceof Celsius) return `Celsius ${value.value}`
  if (is.isRegExp(value)) return `${String(value)} at ${value.lastIndex}`
  if (is.isNativeError(value))
    return `${value.name}: ${value.message} ${inspect([Object.entries(value), value.cause])}`
  if (is.isArrayBuffer(value)) return `ArrayBuffer ${Buffer.from(value).toString('hex')}`
  if (is.isDataView(value)) return `DataView ${Buffer.from(value.buffer).toString('hex')}`
  if (value instanceof Map) return `Map ${inspect([...(value as Map<unknown, unknown>)])}`
  if (value instanceof Set) return `Set ${inspect([...(value as Set<unknown>)])}`
  if (is.isDate(value)) return `Date ${value.getTime()}`
  return isBare(value) ? inspect({ ...value }) : inspect(value, { depth: 9 })
}

const isBare = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
