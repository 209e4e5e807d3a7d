import { inspect, types as is } from 'node:util'
import { Celsius } from './samples.js'

/** All that can be seen of a value, as a string, to compare what it was with what it is. */
export const show = (value: unknown): string => {
  if (value instanceof Celsius) return `Celsius ${value.value}`
  if (is.isRegExp(value)) return `${String(value)} at ${value.lastIndex}`
  if (is.isNativeError(value)) return `${value.name}: ${value.message} ${inspect({ ...value, cause: value.cause })}`
  if (is.isArrayBuffer(value)) return `ArrayBuffer ${Buffer.from(value).toString('hex')}`
  if (is.isDataView(value)) return `DataView ${Buffer.from(value.buffer).toString('hex')}`
  if (is.isMap(value)) return `Map ${inspect([...value])}`
  if (is.isSet(value)) return `Set ${inspect([...value])}`
  if (is.isDate(value)) return `Date ${value.getTime()}`
  return inspect(value, { depth: 9 })
}
