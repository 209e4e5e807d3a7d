import { plainErrorCodec } from './error-codec.js'
import { put, type Dict } from './shape.js'
import { refusal, type Step } from './step.js'
import { StoredCoded, storedTypeOf } from './stored.js'
import type { Codec, TypeTable } from './types.js'

/** What a stored value is here: the data of a value with this codec, or without one an instance that is kept as its fields. */
export interface Resolved {
  readonly codec?: Codec
  readonly part: unknown
}

/** Finds the class of a stored value by its name. Throws `NotDataError` if this server declares none of that name. */
export function resolveStored(value: object, types: TypeTable, up: Step | null): Resolved {
  if (value instanceof StoredCoded) {
    const { type, data } = value
    if (type === undefined) return { codec: plainErrorCodec, part: data }
    const codec = types.named(type)?.codec
    if (codec === undefined) throw undeclared(type, up)
    return { codec, part: data }
  }
  const name = String(storedTypeOf(Object.getPrototypeOf(value) as object | null))
  const prototype = types.named(name)?.prototype
  if (prototype === undefined) throw undeclared(name, up)
  const part = Object.create(prototype) as Dict
  for (const key of Object.keys(value)) put(part, key, (value as Dict)[key])
  return { part }
}

const undeclared = (name: string, up: Step | null): Error =>
  refusal(
    `a stored ${name}, which is not declared here as it was when it was stored`,
    up,
    `Declare it: types: [${name}], once, and with fields or with toState and fromState as before.`,
  )
