import { inspect } from 'node:util'
import { nodeOf } from './node.js'

type Show = typeof inspect
type Options = NonNullable<Parameters<Show>[1]> & object

/** Shows a draft as what it is now. A reader's look is not the handler's, so it does not count as one. */
export function inspectDraft(this: object, depth: number, options: Options, show: Show = inspect): string {
  const node = nodeOf(this)
  if (node === undefined) return '[draft]'
  if (node.root.ended) return '[draft that has ended]'
  const { whole } = node
  const now = plain(this)
  node.whole = whole
  return show(now, { ...options, depth })
}

function plain(face: object): object {
  if (Array.isArray(face)) return Array.from(face as unknown[])
  if (face instanceof Map) return new Map(face as Map<unknown, unknown>)
  if (face instanceof Set) return new Set(face as Set<unknown>)
  return Object.assign(Object.create(Object.getPrototypeOf(face) as object | null) as object, face)
}
