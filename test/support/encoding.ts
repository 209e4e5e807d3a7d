import { deserialize, serialize } from 'node:v8'
import { types as is } from 'node:util'

type Encoded = readonly [tag: string, ...parts: unknown[]]

/** A value with its own way to and from data, as a kept state holds errors and declared types. */
interface Coded {
  readonly codec: { readonly name: string; fromState(data: unknown): object }
  readonly data: unknown
}

/**
 * States to bytes and back, for a keeper in the process that knows the classes: what stands in the state goes into the bytes, its
 * class into a table of names.
 */
export class Encoding {
  private readonly codecs = new Map<string, Coded['codec']>()
  private readonly prototypes = new Map<string, object>()

  toBytes(value: unknown): Buffer {
    return serialize(this.encode(value))
  }

  fromBytes(bytes: Buffer): unknown {
    return this.decode(deserialize(bytes) as Encoded)
  }

  private encode(value: unknown): Encoded {
    if (typeof value !== 'object' || value === null) return ['=', value]
    if (Array.isArray(value)) return ['array', ...value.map(part => this.encode(part))]
    if (is.isMap(value)) return ['map', ...[...value].flat().map(part => this.encode(part))]
    if (is.isSet(value)) return ['set', ...[...value].map(part => this.encode(part))]
    if (is.isRegExp(value)) return ['regexp', value.source, value.flags, value.lastIndex]
    if (is.isDate(value)) return ['date', value.getTime()]
    if (isBinary(value)) return ['binary', value]
    const { codec, data } = value as Coded
    if (typeof codec?.fromState === 'function') {
      this.codecs.set(codec.name, codec)
      return ['coded', codec.name, this.encode(data)]
    }
    return [
      'fields',
      this.classOf(value),
      ...Object.entries(value).map(([key, part]) => [key, this.encode(part)]),
    ]
  }

  private decode([tag, ...parts]: Encoded): unknown {
    const all = (): unknown[] => parts.map(part => this.decode(part as Encoded))
    if (tag === 'array') return all()
    if (tag === 'set') return new Set(all())
    if (tag === 'map') return new Map(pairs(all()))
    if (tag === 'date') return new Date(parts[0] as number)
    if (tag === 'regexp') return regExp(parts as [string, string, number])
    if (tag === 'coded')
      return this.codecs.get(parts[0] as string)?.fromState(this.decode(parts[1] as Encoded))
    return tag === 'fields' ? this.object(parts as [string, ...[string, Encoded][]]) : parts[0]
  }

  private object([name, ...entries]: [string, ...[string, Encoded][]]): object {
    const out = Object.create(this.prototypes.get(name) ?? null) as object
    for (const [key, part] of entries)
      Object.defineProperty(out, key, {
        value: this.decode(part),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    return out
  }

  private classOf(value: object): string {
    const prototype = Object.getPrototypeOf(value) as { constructor: { name: string } } | null
    if (prototype === null) return ''
    this.prototypes.set(prototype.constructor.name, prototype)
    return prototype.constructor.name
  }
}

const isBinary = (value: object): boolean => is.isArrayBufferView(value) || is.isArrayBuffer(value)

const pairs = (flat: unknown[]): [unknown, unknown][] =>
  flat.flatMap((key, i) => (i % 2 === 0 ? [[key, flat[i + 1]] satisfies [unknown, unknown]] : []))

const regExp = ([source, flags, lastIndex]: [string, string, number]): RegExp =>
  Object.assign(new RegExp(source, flags), { lastIndex })
