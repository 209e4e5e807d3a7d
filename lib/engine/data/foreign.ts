import { isShareable, isUntyped, Kind, kindOfMark, markOf } from './kept.js'
import type { TypeTable } from './types.js'

/**
 * Whether a kept part from outside holds an instance of a type that is not declared here: then it was kept by another server,
 * and is taken like anybody's object. Only what is shareable leaves as it is, so nothing else is looked into.
 */
export function isForeign(kept: object, mark: number, types: TypeTable): boolean {
  if (isUntyped(mark) || !isShareable(mark)) return false
  if (kindOfMark(mark) === Kind.typed && !types.hasFields(Object.getPrototypeOf(kept) as object)) return true
  for (const part of Object.values(kept) as unknown[])
    if (typeof part === 'object' && part !== null && isForeign(part, markOf(part), types)) return true
  return false
}
