import { createHash } from 'node:crypto'
import { types as is } from 'node:util'
import { plainErrorCodec } from './error-codec.js'
import { Kind, kindOfMark, markOf } from './kept.js'
import { bytesOf, tagOf } from './leaf.js'
import type { Opaque } from './opaque.js'
import type { Dict } from './shape.js'

/**
 * What stands for kept data: two that say the same have the same one, in this process and in others. The order of the fields of an object, of the
 * entries of a Map and of the members of a Set says nothing, nor does the place where an error was made.
 */
export const fingerprint = (kept: unknown): string =>
  createHash('sha256').update(written(kept)).digest('base64')

// Each part says where it ends, so no two that differ are written the same.
const written = (part: unknown): string => {
  if (typeof part === 'string') return `s${part.length}:${part}`
  if (typeof part !== 'object' || part === null) return `${typeof part}:${String(part)};`
  switch (kindOfMark(markOf(part))) {
    case Kind.array:
      return `[${(part as unknown[]).map(written).join('')}]`
    case Kind.map:
      return `map${inOrder(part as Map<unknown, unknown>, ([key, value]) => written(key) + written(value))}`
    case Kind.set:
      return `set${inOrder(part as Set<unknown>, written)}`
    case Kind.leaf:
      return writtenLeaf(part)
    case Kind.opaque:
      return writtenOpaque(part as Opaque)
    case Kind.typed:
      return `type${written(classOf(part))}${writtenFields(part)}`
    default:
      return writtenFields(part)
  }
}

const writtenFields = (node: object): string =>
  inOrder(Object.entries(node as Dict), ([name, value]) => written(name) + written(value))

const writtenOpaque = ({ codec, data }: Opaque): string => {
  if (codec !== plainErrorCodec) return `type${written(codec.name)}${written(data)}`
  const { stack: _, ...said } = data as Dict
  return `error${writtenFields(said)}`
}

const writtenLeaf = (leaf: object): string => {
  if (is.isDate(leaf)) return `date:${leaf.getTime()};`
  if (is.isRegExp(leaf)) return `regexp${written(leaf.source)}${written(leaf.flags)}`
  return `${tagOf(leaf)}${written(Buffer.from(bytesOf(leaf)).toString('latin1'))}`
}

const classOf = (instance: object): unknown =>
  (Object.getPrototypeOf(instance) as { readonly constructor?: { readonly name?: unknown } }).constructor
    ?.name

const inOrder = <T>(parts: Iterable<T>, write: (part: T) => string): string =>
  `{${Array.from(parts, write).sort().join('')}}`
