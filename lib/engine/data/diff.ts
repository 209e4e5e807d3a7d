import { keysOf } from './keys.js'
import { Kind, kindOfMark, markOf } from './kept.js'
import { equalLeaf } from './leaf.js'
import type { Opaque } from './opaque.js'
import type { Patch, Path } from './patch.js'
import type { Dict } from './shape.js'

const LOOK_AHEAD = 64

/**
 * The patches that make one kept state of another. Identical parts are skipped, so the cost follows the changed nodes.
 * The order of keys is part of a state: where patches cannot express it, the node is replaced whole, and so is a Map with keys
 * that are objects.
 *
 * @example
 * const data = new Data()
 * const base = data.keep({ items: [1] })
 * diff(base, data.keep({ items: [1, 2] }, base)) // [{ op: 'splice', path: ['items'], start: 1, remove: 0, items: [2] }]
 */
export function diff(base: unknown, next: unknown): Patch[] {
  const out: Patch[] = []
  compare(base, next, [], out)
  return out
}

function compare(base: unknown, next: unknown, path: Path, out: Patch[]): void {
  if (Object.is(base, next) || within(base, next, path, out)) return
  out.push({ op: 'set', path, value: next })
}

/** Writes the patches inside a node; false when the node has to be replaced whole. */
function within(base: unknown, next: unknown, path: Path, out: Patch[]): boolean {
  if (typeof base !== 'object' || base === null || typeof next !== 'object' || next === null) return false
  const kind = kindOfMark(markOf(base))
  if (kind !== kindOfMark(markOf(next))) return false
  switch (kind) {
    case Kind.plain:
    case Kind.typed:
      return withinFields(base as Dict, next as Dict, path, out)
    case Kind.array:
      withinArray(base as unknown[], next as unknown[], path, out)
      return true
    case Kind.map:
      return withinMap(base as Map<unknown, unknown>, next as Map<unknown, unknown>, path, out)
    case Kind.set:
      return withinSet(base as Set<unknown>, next as Set<unknown>, path, out)
    case Kind.leaf:
      return equalLeaf(base, next)
    case Kind.opaque: {
      const a = base as Opaque
      const b = next as Opaque
      return a.codec === b.codec && isEqual(a.data, b.data)
    }
    default:
      return false
  }
}

const isEqual = (base: unknown, next: unknown): boolean => diff(base, next).length === 0

function withinFields(base: Dict, next: Dict, path: Path, out: Patch[]): boolean {
  if (Object.getPrototypeOf(base) !== Object.getPrototypeOf(next)) return false
  const before = keysOf(base)
  const after = keysOf(next)
  const reshaped = !sameSequence(before, after)
  const inBase = (key: unknown) => !reshaped || Object.hasOwn(base, key as string)
  const inNext = (key: unknown) => Object.hasOwn(next, key as string)
  if (reshaped) {
    if (!followsFrom(before.filter(isName), after.filter(isName), inBase, inNext)) return false
    for (const key of before) if (!inNext(key)) out.push({ op: 'delete', path: [...path, key] })
  }
  for (const key of after) {
    if (!inBase(key)) out.push({ op: 'set', path: [...path, key], value: next[key] })
    else if (!Object.is(base[key], next[key])) compare(base[key], next[key], [...path, key], out)
  }
  return true
}

function withinMap(
  base: Map<unknown, unknown>,
  next: Map<unknown, unknown>,
  path: Path,
  out: Patch[],
): boolean {
  const before = [...base.keys()]
  const after = [...next.keys()]
  if (before.some(isObject) || after.some(isObject)) return false
  const reshaped = !sameSequence(before, after)
  const inBase = (key: unknown) => !reshaped || base.has(key)
  const inNext = (key: unknown) => next.has(key)
  if (reshaped) {
    if (!followsFrom(before, after, inBase, inNext)) return false
    for (const key of before) if (!inNext(key)) out.push({ op: 'delete', path: [...path, key] })
  }
  for (const [key, value] of next) {
    if (!inBase(key)) out.push({ op: 'set', path: [...path, key], value })
    else if (!Object.is(base.get(key), value)) compare(base.get(key), value, [...path, key], out)
  }
  return true
}

function withinSet(base: Set<unknown>, next: Set<unknown>, path: Path, out: Patch[]): boolean {
  const gone = [...base].filter(member => !next.has(member))
  if (gone.some(isObject)) return false
  const inBase = (member: unknown) => base.has(member)
  const inNext = (member: unknown) => next.has(member)
  if (!followsFrom([...base], [...next], inBase, inNext)) return false
  for (const member of gone) out.push({ op: 'delete', path: [...path, member] })
  for (const value of next) if (!inBase(value)) out.push({ op: 'add', path, value })
  return true
}

function sameSequence(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!sameKey(a[i], b[i])) return false
  return true
}

/** Whether deleting what is gone and appending what is new leads to this order of keys. */
function followsFrom(
  before: readonly unknown[],
  after: readonly unknown[],
  inBase: (key: unknown) => boolean,
  inNext: (key: unknown) => boolean,
): boolean {
  let at = 0
  let appended = false
  for (const key of after) {
    if (!inBase(key)) {
      appended = true
      continue
    }
    while (at < before.length && !inNext(before[at])) at++
    if (appended || !sameKey(before[at], key)) return false
    at++
  }
  return true
}

/**
 * Walks both arrays from the front. Where they part, a short look ahead tells a removed run from an inserted one, unless the two
 * elements say the same; else they are one that changed.
 */
function withinArray(base: readonly unknown[], next: readonly unknown[], path: Path, out: Patch[]): void {
  let end = 0
  while (end < base.length && end < next.length && Object.is(base.at(-1 - end), next.at(-1 - end))) end++
  const lastBase = base.length - end
  const lastNext = next.length - end
  const splice = (start: number, remove: number, items: readonly unknown[]) =>
    out.push({ op: 'splice', path, start, remove, items })
  let i = 0
  let j = 0
  while (i < lastBase && j < lastNext) {
    if (Object.is(base[i], next[j])) {
      i++
      j++
      continue
    }
    const removed = find(next[j], base, i + 1, lastBase)
    const inserted = removed === -1 ? find(base[i], next, j + 1, lastNext) : -1
    if ((removed === -1 && inserted === -1) || isEqual(base[i], next[j])) {
      compare(base[i], next[j], [...path, j], out)
      i++
      j++
    } else if (removed !== -1) {
      splice(j, removed - i, [])
      i = removed
    } else {
      splice(j, 0, next.slice(j, inserted))
      j = inserted
    }
  }
  if (i < lastBase || j < lastNext) splice(j, lastBase - i, next.slice(j, lastNext))
}

function find(value: unknown, list: readonly unknown[], from: number, end: number): number {
  const stop = Math.min(end, from + LOOK_AHEAD)
  for (let i = from; i < stop; i++) if (Object.is(list[i], value)) return i
  return -1
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

const sameKey = (a: unknown, b: unknown): boolean => a === b || Object.is(a, b)

/** Integer keys stand first and in their own order in any object; only the others have an order to keep. */
const isName = (key: string): boolean => !/^(0|[1-9]\d{0,9})$/.test(key) || Number(key) > 4294967294
