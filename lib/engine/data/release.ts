import { isShareable, Kind, kindOfMark, markOf } from './kept.js'
import { copyLeaf } from './leaf.js'
import type { Opaque } from './opaque.js'
import { blankLike, put, type Dict } from './shape.js'
import { isTransfer } from './transfer.js'

/** Copies made so far, by kept node, for one who sees every revision. */
export type ReleaseCache = WeakMap<object, object>

/** Kept data on its way out: shared where nothing in it can be changed, else a frozen copy along the path to what can. */
export function releaseOf(kept: unknown, cache?: ReleaseCache): unknown {
  if (typeof kept !== 'object' || kept === null) return kept
  const mark = markOf(kept)
  if (mark === 0 || isShareable(mark)) return kept
  const made = cache?.get(kept)
  if (made !== undefined) return made
  const kind = kindOfMark(mark)
  const out = rebuild(kept, kind, part => releaseOf(part, cache))
  if (kind === Kind.plain || kind === Kind.array || kind === Kind.typed) Object.freeze(out)
  cache?.set(kept, out)
  return out
}

/** A copy of kept data that is nobody else's, down to the last node. */
export function thaw(kept: unknown): unknown {
  if (typeof kept !== 'object' || kept === null || isTransfer(kept)) return kept
  return rebuild(kept, kindOfMark(markOf(kept)), thaw)
}

function rebuild(kept: object, kind: number, part: (kept: unknown) => unknown): object {
  switch (kind) {
    case Kind.array:
      return (kept as unknown[]).map(part)
    case Kind.map: {
      const out = new Map<unknown, unknown>()
      for (const [key, value] of kept as Map<unknown, unknown>) out.set(part(key), part(value))
      return out
    }
    case Kind.set: {
      const out = new Set<unknown>()
      for (const member of kept as Set<unknown>) out.add(part(member))
      return out
    }
    case Kind.leaf:
      return copyLeaf(kept)
    case Kind.opaque: {
      // What an instance is made from is its own to change.
      const { codec, data } = kept as Opaque
      return codec.fromState(thaw(data))
    }
    default: {
      const keys = Object.keys(kept)
      const out = blankLike(kept, keys.length)
      for (const key of keys) put(out, key, part((kept as Dict)[key]))
      return out
    }
  }
}
