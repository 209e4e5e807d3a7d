import { types as is } from 'node:util'
import type { Data } from '../data/data.js'
import { Kind, kindOfMark, markOf } from '../data/kept.js'
import { bytesOf, tagOf } from '../data/leaf.js'
import type { Dict } from '../data/shape.js'
import { NotDataError } from '../errors.js'

/**
 * A key of a table, kept. Keys are primitives, dates, binary, and arrays and plain objects of these; they are compared by their content, as
 * terms are in ETS. 0 and -0 are one key, and so are two NaN; 1, 1n and '1' are three.
 *
 * @throws NotDataError for what is no such key
 */
export const keyOf = (key: unknown, data: Data): unknown => {
  if (typeof key === 'string') return key
  if (typeof key === 'number') return key === 0 ? 0 : key
  const kept = data.keep(key)
  check(kept)
  return kept
}

const check = (key: unknown): void => {
  const rank = rankOf(key)
  if (rank === Rank.array) for (const part of key as unknown[]) check(part)
  if (rank === Rank.plain) for (const part of Object.values(key as Dict)) check(part)
}

/** Keys of different kinds stand in this order. */
const Rank = {
  number: 0,
  string: 1,
  undefined: 2,
  null: 3,
  boolean: 4,
  date: 5,
  array: 6,
  plain: 7,
  binary: 8,
} as const

const rankOf = (key: unknown): number => {
  switch (typeof key) {
    case 'number':
    case 'bigint':
      return Rank.number
    case 'string':
      return Rank.string
    case 'undefined':
      return Rank.undefined
    case 'boolean':
      return Rank.boolean
    default:
      return key === null ? Rank.null : rankOfNode(key as object)
  }
}

const rankOfNode = (key: object): number => {
  switch (kindOfMark(markOf(key))) {
    case Kind.array:
      return Rank.array
    case Kind.plain:
      return Rank.plain
    case Kind.leaf:
      if (is.isDate(key)) return Rank.date
      if (!is.isRegExp(key)) return Rank.binary
  }
  throw new NotDataError(
    'not fit for the key of a table',
    [],
    'A key is a primitive, a date, binary, or an array or a plain object of these: take what identifies it.',
  )
}

/**
 * The order of keys: numbers (bigints among them, NaN last), strings by their code units, `undefined`, `null`, `false`, `true`, dates, arrays
 * part by part (a beginning comes before what goes on), plain objects (fewer properties first, then by their sorted names, then by their
 * values), binary. Erlang's term order in spirit.
 */
export const compareKeys = (a: unknown, b: unknown): number => {
  if (typeof a === 'string' && typeof b === 'string') return compare(a, b)
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b)
  const rank = rankOf(a)
  const byRank = rank - rankOf(b)
  if (byRank !== 0) return byRank
  switch (rank) {
    case Rank.number:
      return compareNumbers(a as number, b as number)
    case Rank.date:
      return compareNumbers((a as Date).getTime(), (b as Date).getTime())
    case Rank.array:
      return compareLists(a as unknown[], b as unknown[])
    case Rank.plain:
      return compareObjects(a as Dict, b as Dict)
    case Rank.binary:
      return (
        compare(tagOf(a as object), tagOf(b as object)) ||
        Buffer.compare(bytesOf(a as object), bytesOf(b as object))
      )
    default:
      return compare(a as string, b as string)
  }
}

const compare = <T extends string | number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

const compareNumbers = (a: number | bigint, b: number | bigint): number =>
  compare(a, b) || Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || compare(typeof b, typeof a)

const compareLists = (a: readonly unknown[], b: readonly unknown[]): number => {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const order = compareKeys(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

const compareObjects = (a: Dict, b: Dict): number => {
  const [names, others] = [Object.keys(a).sort(), Object.keys(b).sort()]
  return (
    names.length - others.length ||
    compareLists(names, others) ||
    compareLists(
      names.map(name => a[name]),
      names.map(name => b[name]),
    )
  )
}
