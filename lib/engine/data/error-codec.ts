import { types as is } from 'node:util'
import type { Codec } from './types.js'

/** The fields that an error has without showing them among its keys. */
const HIDDEN = ['name', 'message', 'stack', 'cause']
const NATIVE = new Map<unknown, ErrorConstructor>(
  [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map(type => [type.name, type]),
)

/** Errors are opaque too: their data is what a log would print, the own fields that code adds, and their causes. */
export const plainErrorCodec: Codec = errorCodec('Error', null)

/** Whether a value is an error of this or another realm. */
export const isError = (value: object): boolean => is.isNativeError(value) || value instanceof Error

/** The codec of an error class; without a prototype, that of the native class the error's name says, else of Error. */
export function errorCodec(name: string, prototype: object | null): Codec {
  return {
    name,
    toState(instance) {
      const error = instance as Record<string, unknown>
      const record: Record<string, unknown> = { ...error }
      for (const field of [...HIDDEN, 'errors']) if (field in error) record[field] = error[field]
      return record
    },
    fromState(data) {
      const record = data as Record<string, unknown>
      const error = blankError(record)
      if (prototype !== null) Object.setPrototypeOf(error, prototype)
      for (const [key, value] of Object.entries(record)) {
        if (key === 'name' && error.name === value) continue
        const hidden = HIDDEN.includes(key) || (key === 'errors' && Object.hasOwn(error, key))
        Object.defineProperty(error, key, { value, writable: true, enumerable: !hidden, configurable: true })
      }
      return error
    },
  }
}

function blankError(record: Record<string, unknown>): Error {
  if (record.name === 'AggregateError' && Array.isArray(record.errors)) return new AggregateError([])
  const Native = NATIVE.get(record.name) ?? Error
  return new Native()
}
