import { types as is } from 'node:util'
import { bytesOf, tagOf } from '../data/leaf.js'
import type { Dict } from '../data/shape.js'

/** What stands for a key in a Map: two keys have the same if and only if their content is the same. */
export type Id = string | number | bigint | boolean | null | undefined

/** A primitive stands for itself; a string in the way of what is written for others is written too. */
export const idOf = (key: unknown): Id => {
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? `\0${written(key)}` : key
  return typeof key === 'object' && key !== null ? `\0${written(key)}` : (key as Id)
}

// Each part says where it ends, so no two values are written the same.
const written = (part: unknown): string => {
  switch (typeof part) {
    case 'string':
      return `s${part.length}:${part}`
    case 'object':
      return part === null ? 'null;' : writtenNode(part)
    default:
      return `${typeof part}:${String(part)};`
  }
}

const writtenNode = (node: object): string => {
  if (Array.isArray(node)) return `[${node.map(written).join('')}]`
  if (is.isDate(node)) return `date:${node.getTime()};`
  if (is.isArrayBuffer(node) || is.isArrayBufferView(node))
    return `${tagOf(node)}:${written(Buffer.from(bytesOf(node)).toString('latin1'))}`
  const names = Object.keys(node).sort()
  return `{${names.map(name => written(name) + written((node as Dict)[name])).join('')}}`
}

const KNUTH = 0x9e3779b1
const WORD = 2 ** 32

/** 32 bits that spread keys evenly. They need no secret: keys that all meet in one segment are still found by a Map. */
export const hashOf = (id: Id): number => {
  if (typeof id === 'string') return hashText(id)
  if (typeof id !== 'number') return hashText(String(id))
  if ((id | 0) === id) return mix(id)
  return Number.isSafeInteger(id)
    ? mix((id | 0) ^ Math.imul(Math.floor(id / WORD), KNUTH))
    : hashText(String(id))
}

const hashText = (text: string): number => {
  let hash = 0
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), KNUTH)
  return mix(hash)
}

// MurmurHash3's last step: every bit of the input tells on every bit of the output.
const mix = (bits: number): number => {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
