import { types as is } from 'node:util'
import { LostMutationError } from '../errors.js'
import { equalLeaf } from './leaf.js'
import { nodeOf, type DraftNode, type Root } from './node.js'
import { kindOfMark, Kind, markOf } from './kept.js'
import { keepOf } from './keep.js'

/**
 * Finds a change of the draft that the returned state does not carry. It runs after the returned state was kept: a node that
 * stands in it is settled, and a settled node has nothing left to lose. A node counts as carried, too, when it was read as a
 * whole after its last write: then the returned state was made from what was read. A length or a size alone is no such read.
 */
export function refuseLostIn(
  part: object,
  returned: unknown,
  root: Root,
  path: readonly (string | number)[],
): void {
  const node = nodeOf(part)
  if (node === undefined) {
    if (leafChanged(part, root) && !holds(returned, part)) throw new LostMutationError(path)
    return
  }
  for (const [key, kid] of [...node.parts()]) {
    if (typeof kid !== 'object' || kid === null) continue
    refuseLostIn(kid, returned, root, [...path, typeof key === 'number' ? key : String(key)])
  }
  if (node.written && !node.whole && differs(node)) throw new LostMutationError(path)
}

function differs(node: DraftNode): boolean {
  const { base } = node
  return node.settle(null) !== base
}

/** A search moves `lastIndex` of a RegExp by itself, so that alone is nobody's lost change. */
function leafChanged(copy: object, root: Root): boolean {
  const kept = root.leaves?.get(copy)
  return kept !== undefined && !is.isRegExp(copy) && changed(copy, kept, root)
}

/** Whether a leaf copy was changed in place. */
export function changed(copy: object, kept: object, root: Root): boolean {
  if (kindOfMark(markOf(kept)) === Kind.leaf) return !equalLeaf(copy, kept)
  try {
    return keepOf(copy, kept, root, null) !== kept
  } catch {
    // What can no longer be kept is not what was kept.
    return true
  }
}

/** Whether a leaf copy stands in the fresh part of the returned state. */
function holds(value: unknown, leaf: object): boolean {
  if (value === leaf) return true
  if (typeof value !== 'object' || value === null || markOf(value) !== 0 || nodeOf(value) !== undefined)
    return false
  if (is.isMap(value)) return [...value].some(entry => holds(entry, leaf))
  if (is.isSet(value)) return [...value].some(member => holds(member, leaf))
  return Object.values(value).some(part => holds(part, leaf))
}
