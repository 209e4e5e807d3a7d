import { types as is } from 'node:util'
import { plainErrorCodec } from '../data/error-codec.js'
import { kindOf } from '../data/kind.js'
import { Kind, kindOfMark, markOf } from '../data/kept.js'
import { bytesOf, tagOf } from '../data/leaf.js'
import { codecFor, type Opaque } from '../data/opaque.js'
import { StoredCoded, storedTypeOf } from '../data/stored.js'
import { isTransfer, type Transfer } from '../data/transfer.js'
import { TypeTable, type Codec } from '../data/types.js'
import { Tag } from './tags.js'
import { Writer } from './writer.js'

type Dict = Record<string, unknown>

const NO_TYPES = new TypeTable([])

/**
 * Writes kept data as bytes. A value of a declared type is written under the name of its class, for a keeper does not know classes. Property
 * names are written once, and then by their number.
 */
export class Encoder {
  /** Of the first object, while there is no second one: no name of it comes twice. */
  private readonly firstNames: string[] = []
  private readonly names = new Map<string, number>()
  private isFirst = true

  constructor(readonly out = new Writer()) {}

  /** Drops what was not taken: what follows is a value of its own, of at most so many bytes. */
  begin(limit = Infinity): void {
    this.out.begin(limit)
    this.firstNames.length = 0
    if (this.isFirst) return
    this.names.clear()
    this.isFirst = true
  }

  value(value: unknown): void {
    const { out } = this
    switch (typeof value) {
      case 'string':
        out.byte(Tag.text)
        out.text(value)
        return
      case 'number':
        this.number(value)
        return
      case 'boolean':
        out.byte(value ? Tag.true : Tag.false)
        return
      case 'undefined':
        out.byte(Tag.undefined)
        return
      case 'bigint':
        out.byte(Tag.bigint)
        out.text(value.toString(16))
        return
      default:
        if (value === null) out.byte(Tag.null)
        else this.node(value as object)
    }
  }

  private number(value: number): void {
    const { out } = this
    if ((value | 0) !== value || Object.is(value, -0)) {
      out.byte(Tag.double)
      out.double(value)
    } else if (value >= 0) {
      out.byte(Tag.natural)
      out.count(value)
    } else {
      out.byte(Tag.negative)
      out.count(-1 - value)
    }
  }

  private node(node: object): void {
    const { out } = this
    switch (kindOfMark(markOf(node)) || kindOf(node, NO_TYPES)) {
      case Kind.plain:
        out.byte(Tag.object)
        this.fields(node as Dict)
        return
      case Kind.array:
        this.list(Tag.array, node as unknown[], (node as unknown[]).length)
        return
      case Kind.map:
        out.byte(Tag.map)
        out.count((node as Map<unknown, unknown>).size)
        for (const [key, value] of node as Map<unknown, unknown>) {
          this.value(key)
          this.value(value)
        }
        return
      case Kind.set:
        this.list(Tag.set, node as Set<unknown>, (node as Set<unknown>).size)
        return
      case Kind.typed:
        out.byte(Tag.typed)
        out.text(nameOfClass(node))
        this.fields(node as Dict)
        return
      case Kind.leaf:
        this.leaf(node)
        return
      case Kind.opaque:
        this.opaque(node)
        return
      case Kind.stored:
        this.stored(node)
        return
      default:
        throw new TypeError('a keeper was given what is not data')
    }
  }

  private fields(node: Dict): void {
    const keys = Object.keys(node)
    this.object(keys.length)
    for (const key of keys) {
      this.name(key)
      this.value(node[key])
    }
  }

  /** An object of this width begins. */
  protected object(width: number): void {
    if (this.isFirst && this.firstNames.length > 0) {
      this.isFirst = false
      for (const name of this.firstNames) this.names.set(name, this.names.size + 1)
    }
    this.out.count(width)
  }

  protected name(name: string): void {
    const known = this.isFirst ? undefined : this.names.get(name)
    if (known !== undefined) {
      this.out.count(known)
      return
    }
    this.out.byte(0)
    this.out.text(name)
    if (this.isFirst) this.firstNames.push(name)
    else this.names.set(name, this.names.size + 1)
  }

  private list(tag: number, parts: Iterable<unknown>, size: number): void {
    this.out.byte(tag)
    this.out.count(size)
    for (const part of parts) this.value(part)
  }

  private leaf(leaf: object): void {
    const { out } = this
    if (isTransfer(leaf)) this.transfer(leaf)
    else if (is.isDate(leaf)) {
      out.byte(Tag.date)
      out.double(leaf.getTime())
    } else if (is.isRegExp(leaf)) {
      out.byte(Tag.regexp)
      out.text(leaf.source)
      out.text(leaf.flags)
      this.value(leaf.lastIndex)
    } else {
      const bytes = bytesOf(leaf)
      out.byte(Tag.binary)
      out.text(tagOf(leaf))
      out.count(bytes.length)
      out.raw(bytes)
    }
  }

  /** What changes hands cannot be written. */
  protected transfer(_: Transfer): void {
    throw new TypeError('a keeper was given a Transfer')
  }

  private opaque(node: object): void {
    const { codec, data } = markOf(node) === 0 ? fresh(node) : (node as Opaque)
    this.coded(codec === plainErrorCodec ? undefined : codec.name, data)
  }

  // What was read from a store goes back as it came.
  private stored(node: object): void {
    if (node instanceof StoredCoded) {
      this.coded(node.type, node.data)
      return
    }
    this.out.byte(Tag.typed)
    this.out.text(String(storedTypeOf(Object.getPrototypeOf(node) as object)))
    this.fields(node as Dict)
  }

  private coded(type: string | undefined, data: unknown): void {
    if (type === undefined) this.out.byte(Tag.error)
    else {
      this.out.byte(Tag.coded)
      this.out.text(type)
    }
    this.value(data)
  }
}

/** What nobody has kept yet: the changes of those who write to a keeper by hand. */
const fresh = (node: object): { readonly codec: Codec; readonly data: unknown } => {
  const codec = codecFor(node, NO_TYPES)
  return { codec, data: codec.toState(node) }
}

const nameOfClass = (instance: object): string =>
  (Object.getPrototypeOf(instance) as { constructor: { name: string } }).constructor.name

/** The bytes of kept data. */
export const encode = (value: unknown): Buffer => {
  const encoder = new Encoder()
  encoder.value(value)
  return encoder.out.taken()
}
