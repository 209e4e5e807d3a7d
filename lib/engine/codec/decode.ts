import { blank, put } from '../data/shape.js'
import { StoredCoded, storedType } from '../data/stored.js'
import { binary } from './binary.js'
import { Reader } from './reader.js'
import { Tag } from './tags.js'

/**
 * Reads what an `Encoder` wrote: data for `Data.keep` of the server it belongs to, which finds the classes of declared types by their names.
 */
export class Decoder {
  private readonly names: string[] = []
  private readonly types = new Map<string, object>()

  constructor(readonly from: Reader) {}

  value(): unknown {
    const { from } = this
    const tag = from.byte()
    switch (tag) {
      case Tag.undefined:
        return undefined
      case Tag.null:
        return null
      case Tag.false:
        return false
      case Tag.true:
        return true
      case Tag.natural:
        return from.count()
      case Tag.negative:
        return -1 - from.count()
      case Tag.double:
        return from.double()
      case Tag.bigint:
        return bigint(from.text())
      case Tag.text:
        return from.text()
      default:
        return this.node(tag)
    }
  }

  private node(tag: number): object {
    const { from } = this
    switch (tag) {
      case Tag.array: {
        const out: unknown[] = []
        for (let left = from.count(); left > 0; left--) out.push(this.value())
        return out
      }
      case Tag.object: {
        const width = from.count()
        return this.fields(blank(width), width)
      }
      case Tag.map: {
        const out = new Map<unknown, unknown>()
        for (let left = from.count(); left > 0; left--) out.set(this.value(), this.value())
        return out
      }
      case Tag.set: {
        const out = new Set<unknown>()
        for (let left = from.count(); left > 0; left--) out.add(this.value())
        return out
      }
      case Tag.date:
        return new Date(from.double())
      case Tag.regexp: {
        const regexp = new RegExp(from.text(), from.text())
        regexp.lastIndex = this.value() as number
        return regexp
      }
      case Tag.binary:
        return binary(from.text(), from.raw(from.count()))
      case Tag.typed: {
        const type = this.type(from.text())
        return this.fields(Object.create(type) as Record<string, unknown>, from.count())
      }
      case Tag.coded:
        return new StoredCoded(from.text(), this.value())
      case Tag.error:
        return new StoredCoded(undefined, this.value())
      default:
        return this.unknown(tag)
    }
  }

  /** What only those write who know each other. */
  protected unknown(tag: number): object {
    throw new RangeError(`${tag} is the tag of nothing`)
  }

  private fields(out: Record<string, unknown>, width: number): object {
    for (let left = width; left > 0; left--) put(out, this.name(), this.value())
    return out
  }

  private name(): string {
    const { from, names } = this
    const known = from.count()
    if (known === 0) names.push(from.text())
    const name = known === 0 ? names.at(-1) : names[known - 1]
    if (name === undefined) throw new RangeError(`there is no name ${known}`)
    return name
  }

  private type(name: string): object {
    const found = this.types.get(name) ?? storedType(name)
    this.types.set(name, found)
    return found
  }
}

const bigint = (digits: string): bigint =>
  digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)

/** The data that these bytes stand for. Throws `RangeError` if they stand for none. */
export const decode = (bytes: Buffer): unknown => {
  const decoder = new Decoder(new Reader(bytes))
  const value = decoder.value()
  if (!decoder.from.isAtEnd) throw new RangeError('the bytes go on behind their end')
  return value
}
