import { inspect, types as is } from 'node:util'
import { plainErrorCodec } from './error-codec.js'
import type { Codec, TypeTable } from './types.js'

/** A kept value of a type with its own way to and from data: the kept data, and the way back. */
export class Opaque {
  constructor(
    readonly codec: Codec,
    readonly data: unknown,
  ) {}

  [inspect.custom](): string {
    return `${this.codec.name} ${inspect(this.data)}`
  }
}

/** The codec of an instance of a declared type, or of an error. */
export function codecFor(instance: object, types: TypeTable): Codec {
  return types.codecOf(Object.getPrototypeOf(instance) as object | null) ?? plainErrorCodec
}

/** The primitive in its box; a boxed symbol comes back as the symbol, to be refused. */
export function unbox(box: object): unknown {
  if (is.isNumberObject(box)) return Number.prototype.valueOf.call(box)
  if (is.isStringObject(box)) return String.prototype.valueOf.call(box)
  if (is.isBooleanObject(box)) return Boolean.prototype.valueOf.call(box)
  if (is.isBigIntObject(box)) return BigInt.prototype.valueOf.call(box)
  return Symbol.prototype.valueOf.call(box)
}
