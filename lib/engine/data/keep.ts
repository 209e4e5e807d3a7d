import { brandLeaf, Kind, kindOfMark, markOf } from './kept.js'
import { copyOf, refused, refuseHole } from './copy.js'
import { isForeign } from './foreign.js'
import { kindOf } from './kind.js'
import { copyLeaf, equalLeaf } from './leaf.js'
import { nodeOf, type DraftNode, type Ground } from './node.js'
import { codecFor, Opaque, unbox } from './opaque.js'
import { resolveStored } from './resolve.js'
import { thaw } from './release.js'
import { blank, blankLike, hasKeys, isPrimitive, put, refuseSymbols, type Dict } from './shape.js'
import { enter, refusal, type Step } from './step.js'
import { Tally } from './tally.js'
import { isTransfer, type Transfer } from './transfer.js'
import type { Codec } from './types.js'

/**
 * Validates, copies, brands and freezes data that comes from outside, in one walk. Kept parts are reused as they are; a part
 * that equals the base's part at the same place becomes that part, so an equal tree is the base itself.
 */
export function keepOf(value: unknown, base: unknown, ground: Ground, up: Step | null): unknown {
  if (isPrimitive(value)) return value
  if (typeof value !== 'object' || value === null) throw refused(value, up)
  const node = nodeOf(value)
  if (node !== undefined) return keepDraft(node, base, ground, up)
  const mark = markOf(value)
  if (mark !== 0 && !isForeign(value, mark, ground.types)) return value
  const kind = kindOf(value, ground.types)
  switch (kind) {
    case Kind.plain:
    case Kind.typed:
      return keepFields(value, kind, baseOf(base, kind), ground, up)
    case Kind.array:
      refuseSymbols(value, up)
      return keepArray(value as unknown[], baseOf(base, kind), ground, up)
    case Kind.map:
      refuseSymbols(value, up)
      return keepMap(value as Map<unknown, unknown>, baseOf(base, kind), ground, up)
    case Kind.set:
      refuseSymbols(value, up)
      return keepSet(
        Set.prototype.values.call(value) as Iterable<unknown>,
        value,
        baseOf(base, kind),
        ground,
        up,
      )
    case Kind.leaf: {
      if (isTransfer(value)) return passed(value, ground, up)
      const old = baseOf<object>(base, kind)
      return old !== undefined && equalLeaf(value, old) ? old : brandLeaf(copyLeaf(value))
    }
    case Kind.opaque:
      return keepOpaque(value, baseOf(base, kind), ground, up)
    case Kind.stored: {
      const { codec, part } = resolveStored(value, ground.types, up)
      return codec === undefined
        ? keepOf(part, base, ground, up)
        : keepCoded(codec, part, baseOf(base, Kind.opaque), ground, enter(up, value))
    }
    case Kind.boxed:
      return keepOf(unbox(value), base, ground, up)
    default:
      throw refused(value, up)
  }
}

/** What is on its way may carry it; what stays cannot. */
function passed(transfer: Transfer, ground: Ground, up: Step | null): Transfer {
  if (ground.passes === true) return transfer
  throw refusal('a Transfer', up, 'It goes once, in a payload or a reply: keep a copy of what is in it.')
}

function baseOf<T extends object>(base: unknown, kind: Kind): T | undefined {
  if (typeof base !== 'object' || base === null) return undefined
  return kindOfMark(markOf(base)) === kind ? (base as T) : undefined
}

function keepFields(
  source: object,
  kind: Kind,
  base: Dict | undefined,
  ground: Ground,
  up: Step | null,
): object {
  const keys = Object.keys(source)
  refuseSymbols(source, up)
  const out = kind === Kind.typed ? blankLike(source, keys.length) : blank(keys.length)
  let same = base !== undefined && Object.getPrototypeOf(base) === Object.getPrototypeOf(out)
  let here: Step | null = null
  const tally = new Tally()
  for (const key of keys) {
    // A name found on the prototype is neither data nor branded, so it stands for no base at all.
    const old = base === undefined ? undefined : base[key]
    let part = (source as Dict)[key]
    if (!isPrimitive(part)) {
      here ??= enter(up, source)
      here.key = key
      part = keepOf(part, old, ground, here)
      tally.add(part)
    }
    if (same && !Object.is(part, old)) same = false
    put(out, key, part)
  }
  if (same && hasKeys(base as Dict, keys)) return base as Dict
  return tally.finish(out, kind, up)
}

function keepArray(
  source: readonly unknown[],
  base: readonly unknown[] | undefined,
  ground: Ground,
  up: Step | null,
): readonly unknown[] {
  const out: unknown[] = []
  let same = base !== undefined
  let here: Step | null = null
  const tally = new Tally()
  for (let i = 0; i < source.length; i++) {
    const old = base === undefined ? undefined : base[i]
    let part = source[i]
    if (!isPrimitive(part)) {
      here ??= enter(up, source)
      here.key = i
      part = keepOf(part, old, ground, here)
      tally.add(part)
    } else if (part === undefined) {
      refuseHole(source, i, up)
    }
    if (same && !Object.is(part, old)) same = false
    out.push(part)
  }
  if (same && out.length === (base as readonly unknown[]).length) return base as readonly unknown[]
  return tally.finish(out, Kind.array, up)
}

/** A key that is an object is matched with the base's key at the same position. */
export function keepMap(
  source: Map<unknown, unknown>,
  base: Map<unknown, unknown> | undefined,
  ground: Ground,
  up: Step | null,
): Map<unknown, unknown> {
  const out = new Map<unknown, unknown>()
  const olds = base?.entries()
  let same = base !== undefined
  const here = enter(up, source)
  const tally = new Tally()
  for (const [k, v] of Map.prototype.entries.call(source) as Iterable<[unknown, unknown]>) {
    const old = olds?.next().value
    here.key = k
    const key = apart(keepOf(k, old?.[0], ground, here), out, ground)
    const part = keepOf(v, base?.get(key), ground, here)
    if (same && !(old !== undefined && Object.is(key, old[0]) && Object.is(part, old[1]))) same = false
    tally.add(key)
    tally.add(part)
    out.set(key, part)
  }
  if (same && out.size === (base as Map<unknown, unknown>).size) return base as Map<unknown, unknown>
  return tally.finish(out, Kind.map, up)
}

/** Keeps the members of a Set, each matched with the base's member at the same position. */
export function keepSet(
  members: Iterable<unknown>,
  source: object,
  base: Set<unknown> | undefined,
  ground: Ground,
  up: Step | null,
): Set<unknown> {
  const out = new Set<unknown>()
  const olds = base?.values()
  let same = base !== undefined
  const here = enter(up, source)
  const tally = new Tally()
  let index = 0
  for (const member of members) {
    const old = olds?.next()
    here.key = index++
    const part = apart(keepOf(member, old?.value, ground, here), out, ground)
    if (same && (old?.done === true || !Object.is(part, old?.value))) same = false
    tally.add(part)
    out.add(part)
  }
  if (same && out.size === (base as Set<unknown>).size) return base as Set<unknown>
  return tally.finish(out, Kind.set, up)
}

/**
 * Two members that are drafts of one kept part, shared by two places, are two members all the same: the second gets a copy.
 */
function apart(part: unknown, out: Map<unknown, unknown> | Set<unknown>, ground: Ground): unknown {
  return isPrimitive(part) || !out.has(part) ? part : keepOf(thaw(part), undefined, ground, null)
}

function keepOpaque(value: object, base: Opaque | undefined, ground: Ground, up: Step | null): Opaque {
  const codec = codecFor(value, ground.types)
  return keepCoded(codec, codec.toState(value), base, ground, enter(up, value))
}

function keepCoded(
  codec: Codec,
  state: unknown,
  base: Opaque | undefined,
  ground: Ground,
  here: Step,
): Opaque {
  const old = base?.codec === codec ? base : undefined
  const data = keepOf(state, old?.data, ground, here)
  if (old !== undefined && Object.is(data, old.data)) return old
  const tally = new Tally()
  tally.add(data)
  return tally.finish(new Opaque(codec, data), Kind.opaque, here.up)
}

/** A part of the draft being settled is settled in its turn; a part of another draft is copied as it is now. */
function keepDraft(node: DraftNode, base: unknown, ground: Ground, up: Step | null): unknown {
  node.alive()
  if (node.settled || node.root === ground) return node.settle(up)
  return keepOf(copyOf(node.face, ground.types, up), base, ground, up)
}
