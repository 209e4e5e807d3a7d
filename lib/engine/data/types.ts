import { errorCodec } from './error-codec.js'

/** A class, abstract or concrete. */
export type Class<T extends object = object> = abstract new (...args: never[]) => T

/** A type with its own way to and from plain data, for instances whose data is private. */
export interface TypeCodec<T extends object = object> {
  readonly type: Class<T>
  /** The data of an instance: whatever may stand in a state. */
  toState(instance: T): unknown
  /** A fresh instance from a private copy of that data. */
  fromState(data: never): T
}

/**
 * A type that keeps its class in a state: a class whose data is its own public fields, a class with a method `toState()`
 * and a static `fromState(data)`, or a class that is not yours with both given beside it.
 *
 * An instance of an undeclared class becomes a plain object of its own fields.
 *
 * @example
 * const data = new Data([Money, { type: URL, toState: (u: URL) => u.href, fromState: (href: string) => new URL(href) }])
 */
export type DeclaredType = Class | TypeCodec

/** How an opaque value is turned into data and back. */
export interface Codec {
  readonly name: string
  toState(instance: object): unknown
  fromState(data: unknown): object
}

/** A declared type by its name: its prototype if it is kept as its fields, else its codec. */
interface Named {
  readonly prototype?: object
  readonly codec?: Codec
}

interface SelfCodec {
  prototype: { toState(this: object): unknown }
  fromState(data: unknown): object
}

/** The declared types of one server, found by prototype. */
export class TypeTable {
  readonly #codecs = new Map<object, Codec>()
  readonly #fields = new Set<object>()
  readonly #names = new Map<string, Named | undefined>()
  readonly #empty: boolean

  constructor(declared: readonly DeclaredType[]) {
    for (const entry of declared) this.#declare(entry)
    this.#empty = declared.length === 0
  }

  /** Whether instances of this prototype are kept as their public fields. */
  hasFields(prototype: object): boolean {
    return !this.#empty && this.#fields.has(prototype)
  }

  /** The codec of the nearest declared ancestor. */
  codecOf(prototype: object | null): Codec | undefined {
    if (this.#codecs.size === 0) return undefined
    for (let p = prototype; p !== null; p = Object.getPrototypeOf(p) as object | null) {
      const codec = this.#codecs.get(p)
      if (codec !== undefined) return codec
    }
    return undefined
  }

  /** The prototype or the codec of the type that is called so; none if two are. */
  named(name: string): Named | undefined {
    return this.#names.get(name)
  }

  #name(name: string, found: Named): void {
    this.#names.set(name, this.#names.has(name) ? undefined : found)
  }

  #code(prototype: object, codec: Codec): void {
    this.#codecs.set(prototype, codec)
    this.#name(codec.name, { codec })
  }

  #declare(entry: DeclaredType): void {
    if (entry === Error) return // errors are data anyway, each with the class of its name
    if (typeof entry !== 'function') {
      const codec = entry as unknown as Omit<Codec, 'name'> & { type: Class }
      this.#code(codec.type.prototype as object, {
        name: codec.type.name,
        toState: instance => codec.toState(instance),
        fromState: data => codec.fromState(data),
      })
      return
    }
    const prototype = entry.prototype as object
    if (isSelfCodec(entry)) {
      const self = entry
      this.#code(prototype, {
        name: entry.name,
        toState: instance => self.prototype.toState.call(instance),
        fromState: data => self.fromState(data),
      })
    } else if (prototype instanceof Error) {
      this.#code(prototype, errorCodec(entry.name, prototype))
    } else {
      this.#fields.add(prototype)
      this.#name(entry.name, { prototype })
    }
  }
}

function isSelfCodec(type: unknown): type is SelfCodec {
  const { prototype, fromState } = type as Partial<SelfCodec>
  return typeof fromState === 'function' && typeof prototype?.toState === 'function'
}
