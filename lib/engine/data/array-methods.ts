import type { ArrayNode } from './draft-array.js'
import { nodeOf } from './node.js'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Where a call of a mutating method begins, and how many elements it takes away there. */
interface Reach {
  readonly start: (length: number, from: unknown) => number
  readonly taken: (length: number, out: unknown) => number
}

const first = (): number => 0
const last = (length: number): number => length - 1
const length = (length: number): number => length
const none = (): number => 0
const one = (): number => 1
const given = (length: number, from: unknown): number => {
  const start = Math.trunc(Number(from)) || 0
  return start < 0 ? Math.max(length + start, 0) : Math.min(start, length)
}

const reaches: Readonly<Record<string, Reach>> = {
  push: { start: length, taken: none },
  pop: { start: last, taken: one },
  shift: { start: first, taken: one },
  unshift: { start: first, taken: none },
  reverse: { start: first, taken: length },
  splice: { start: given, taken: (_, out) => (out as unknown[]).length },
}

/** A method that moves elements works on the copy itself: through the traps each moved element would become a draft. */
function mutator([name, { start, taken }]: [string, Reach]): [string, Method] {
  const native = Array.prototype[name as unknown as number] as Method
  const method: Method = function (...args) {
    const node = Array.isArray(this) ? (nodeOf(this) as ArrayNode | undefined) : undefined
    if (node === undefined) return native.apply(this, args)
    node.alive()
    const copy = node.own()
    const before = copy.length
    const head = start(before, args[0])
    const out = native.apply(copy, args)
    node.moved(head, before - head - taken(before, out))
    if (out === copy) return node.face
    return name === 'splice' ? (out as unknown[]).map(value => node.lendTaken(value)) : node.lendTaken(out)
  }
  return [name, method]
}

/** The methods that move elements, by name. */
export const mutators: ReadonlyMap<string, Method> = new Map(Object.entries(reaches).map(mutator))

/** The methods that go through the array, or through the part of it that was asked for. */
export const readers: ReadonlySet<string | symbol> = new Set<string | symbol>([
  ...['map', 'filter', 'slice', 'concat', 'flat', 'flatMap', 'forEach', 'reduce', 'reduceRight', 'join'],
  ...[
    'toString',
    'keys',
    'values',
    'entries',
    'toSorted',
    'toReversed',
    'toSpliced',
    'with',
    Symbol.iterator,
  ],
])
