import { types as is } from 'node:util'
import { plainErrorCodec } from '../../engine/data/error-codec.js'
import { kindOf } from '../../engine/data/kind.js'
import { Kind, kindOfMark, markOf } from '../../engine/data/kept.js'
import { bytesOf, tagOf } from '../../engine/data/leaf.js'
import { codecFor, type Opaque } from '../../engine/data/opaque.js'
import { StoredCoded, storedTypeOf } from '../../engine/data/stored.js'
import { TypeTable } from '../../engine/data/types.js'

type Dict = Record<string, unknown>

const NO_TYPES = new TypeTable([])

/**
 * Kept data, or what a keeper loaded, as JSON in one line from which `fromJson` makes it again, whatever it is.
 *
 * What JSON has is written as JSON has it. All else is an object of one property that begins with `$`, its tag: `{"$date":"2026-01-31T00:00:00.000Z"}`,
 * `{"$map":[["a",1]]}`. A plain object that looks like that is written as `{"$plain":{…}}`.
 */
export const toJson = (value: unknown): string =>
  written(value).replace(/[\u2028\u2029]/g, end => (end === '\u2028' ? '\\u2028' : '\\u2029')) // to some, these end a line

const written = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? String(value)
        : tagged('number', `"${Object.is(value, -0) ? '-0' : value}"`)
    case 'undefined':
      return tagged('undefined', 'true')
    case 'bigint':
      return tagged('bigint', `"${value}"`)
    default:
      return value === null ? 'null' : node(value as object)
  }
}

const tagged = (tag: string, content: string): string => `{"$${tag}":${content}}`

const node = (value: object): string => {
  switch (kindOfMark(markOf(value)) || kindOf(value, NO_TYPES)) {
    case Kind.plain:
      return isTagged(value) ? tagged('plain', fields(value)) : fields(value)
    case Kind.array:
      return list(value as unknown[])
    case Kind.map:
      return tagged('map', `[${Array.from(value as Map<unknown, unknown>, list).join(',')}]`)
    case Kind.set:
      return tagged('set', list(value as Set<unknown>))
    case Kind.typed:
      return named('typed', nameOfClass(value), fields(value))
    case Kind.leaf:
      return leaf(value)
    case Kind.opaque: {
      const { codec, data } = markOf(value) === 0 ? fresh(value) : (value as Opaque)
      return coded(codec === plainErrorCodec ? undefined : codec.name, data)
    }
    case Kind.stored:
      return value instanceof StoredCoded
        ? coded(value.type, value.data)
        : named('typed', String(storedTypeOf(Object.getPrototypeOf(value) as object)), fields(value))
    default:
      throw new TypeError('a keeper gave what is not data')
  }
}

/** Would it be taken for something else? */
const isTagged = (value: object): boolean => {
  const [key, ...more] = Object.keys(value)
  return key !== undefined && more.length === 0 && key.startsWith('$')
}

const fields = (value: object): string => {
  const all = Object.keys(value).map(key => `${JSON.stringify(key)}:${written((value as Dict)[key])}`)
  return `{${all.join(',')}}`
}

const list = (parts: Iterable<unknown>): string => `[${Array.from(parts, written).join(',')}]`

const named = (tag: string, name: string, content: string): string =>
  tagged(tag, `[${JSON.stringify(name)},${content}]`)

const coded = (type: string | undefined, data: unknown): string =>
  type === undefined ? tagged('error', written(data)) : named('coded', type, written(data))

const leaf = (value: object): string => {
  if (is.isDate(value))
    return tagged('date', Number.isNaN(value.getTime()) ? 'null' : `"${value.toISOString()}"`)
  if (is.isRegExp(value)) return tagged('regexp', list([value.source, value.flags, value.lastIndex]))
  return tagged('binary', list([tagOf(value), Buffer.from(bytesOf(value)).toString('base64')]))
}

// What nobody has kept: a keeper that was written by hand gives what it finds.
const fresh = (value: object): { readonly codec: { readonly name: string }; readonly data: unknown } => {
  const codec = codecFor(value, NO_TYPES)
  return { codec, data: codec.toState(value) }
}

const nameOfClass = (instance: object): string =>
  (Object.getPrototypeOf(instance) as { constructor: { name: string } }).constructor.name
