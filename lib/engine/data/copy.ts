import { isForeign } from './foreign.js'
import { WIDE } from './keys.js'
import { isShareable, Kind, markOf } from './kept.js'
import { kindOf, whyRefused } from './kind.js'
import { copyLeaf } from './leaf.js'
import { nodeOf, type DraftNode } from './node.js'
import { codecFor, unbox } from './opaque.js'
import { releaseOf, thaw } from './release.js'
import { blankLike, blank, copyInto, isPrimitive, put, refuseSymbols, type Dict } from './shape.js'
import { enter, refusal, type Step } from './step.js'
import { isTransfer } from './transfer.js'
import type { TypeTable } from './types.js'

type Entries = Iterable<[unknown, unknown]>

/** A private copy of data that comes from outside. Kept parts in it are shared or released, draft parts resolved. */
export function copyOf(value: unknown, types: TypeTable, up: Step | null): unknown {
  if (isPrimitive(value)) return value
  if (typeof value !== 'object' || value === null) throw refused(value, up)
  const mark = markOf(value)
  if (mark !== 0 && !isShareable(mark)) return releaseOf(value)
  if (mark !== 0 && !isForeign(value, mark, types)) return value
  const node = nodeOf(value)
  if (node !== undefined) return copyDraft(node, types, up)
  switch (kindOf(value, types)) {
    case Kind.plain:
      return copyFields(value, false, types, up)
    case Kind.array:
      refuseSymbols(value, up)
      return copyArray(value as unknown[], types, up)
    case Kind.map:
      refuseSymbols(value, up)
      return copyMap(value as Map<unknown, unknown>, Map.prototype.entries.call(value) as Entries, types, up)
    case Kind.set:
      refuseSymbols(value, up)
      return copySet(value as Set<unknown>, Set.prototype.values.call(value) as Iterable<unknown>, types, up)
    case Kind.typed:
      return copyFields(value, true, types, up)
    case Kind.leaf:
      return isTransfer(value) ? value : copyLeaf(value)
    case Kind.opaque: {
      const codec = codecFor(value, types)
      return codec.fromState(copyOf(codec.toState(value), types, enter(up, value)))
    }
    case Kind.boxed:
      return copyOf(unbox(value), types, up)
    default:
      throw refused(value, up)
  }
}

/** The error for a value that is not data. */
export function refused(value: unknown, up: Step | null): Error {
  const [what, cure] = whyRefused(value) ?? ['a value that is not data', undefined]
  return refusal(what, up, cure)
}

function copyFields(source: object, typed: boolean, types: TypeTable, up: Step | null): object {
  const keys = Object.keys(source)
  refuseSymbols(source, up)
  if (!typed && keys.length <= WIDE) return copyPartsOf({ ...source }, source, types, up)
  const empty = typed ? blankLike(source, keys.length) : blank(keys.length)
  return copyPartsOf(copyInto(empty, source, keys), source, types, up)
}

/** Copies the parts of a copy that is no deeper than the source's own keys. */
function copyPartsOf(out: Dict, source: object, types: TypeTable, up: Step | null): object {
  let here: Step | null = null
  for (const key in out) {
    const part = out[key]
    if (isPrimitive(part) || !Object.hasOwn(out, key)) continue
    here ??= enter(up, source)
    here.key = key
    put(out, key, copyOf(part, types, here))
  }
  return out
}

function copyArray(source: readonly unknown[], types: TypeTable, up: Step | null): unknown[] {
  const out: unknown[] = []
  let here: Step | null = null
  for (let i = 0; i < source.length; i++) {
    let part = source[i]
    if (!isPrimitive(part)) {
      here ??= enter(up, source)
      here.key = i
      part = copyOf(part, types, here)
    } else if (part === undefined) {
      refuseHole(source, i, up)
    }
    out.push(part)
  }
  return out
}

/** Refuses a hole. The first one ends the walk, so a sparse array costs no more than its dense beginning. */
export function refuseHole(source: readonly unknown[], index: number, up: Step | null): void {
  if (Object.hasOwn(source, index)) return
  const here = enter(up, source)
  here.key = index
  throw refusal('a hole in an array', here, 'Fill it, with null or undefined if need be.')
}

function copyMap(
  source: Map<unknown, unknown>,
  entries: Entries,
  types: TypeTable,
  up: Step | null,
): Map<unknown, unknown> {
  const out = new Map<unknown, unknown>()
  let here: Step | null = null
  for (const [key, value] of entries) {
    if (isPrimitive(key) && isPrimitive(value)) {
      out.set(key, value)
    } else {
      here ??= enter(up, source)
      here.key = key
      out.set(apart(copyOf(key, types, here), out), copyOf(value, types, here))
    }
  }
  return out
}

function copySet(
  source: Set<unknown>,
  members: Iterable<unknown>,
  types: TypeTable,
  up: Step | null,
): Set<unknown> {
  const out = new Set<unknown>()
  let here: Step | null = null
  let index = 0
  for (const member of members) {
    if (isPrimitive(member)) {
      out.add(member)
    } else {
      here ??= enter(up, source)
      here.key = index
      out.add(apart(copyOf(member, types, here), out))
    }
    index++
  }
  return out
}

/** Two drafts of one kept part leave as that part: as members of one Set, the second leaves as a copy. */
function apart(part: unknown, out: Map<unknown, unknown> | Set<unknown>): unknown {
  return isPrimitive(part) || !out.has(part) ? part : thaw(part)
}

/**
 * A part that was not touched, or that is settled and so a draft of what it became, leaves as its base. Any other is copied as
 * it is now, like anybody's object.
 */
function copyDraft(node: DraftNode, types: TypeTable, up: Step | null): unknown {
  const { face } = node
  node.alive()
  if (node.untouched) return copyOf(node.base, types, up)
  if (Array.isArray(face)) return copyArray(face, types, up)
  if (face instanceof Map) return copyMap(face, face, types, up)
  if (face instanceof Set) return copySet(face, face, types, up)
  return copyFields(face, types.hasFields(Object.getPrototypeOf(face) as object), types, up)
}
