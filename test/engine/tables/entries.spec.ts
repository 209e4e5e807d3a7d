import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  compareKeys,
  Data,
  HashEntries,
  keyOf,
  OrderedEntries,
  type Entries,
  type Entry,
  type Stretch,
} from 'nestjs-peeper/engine'
import { hostile, keys, ModelTable, same } from './keys.js'

const data = new Data()
const kept = (key: unknown): unknown => keyOf(key, data)
const entry = (key: unknown, value: unknown): Entry => ({ op: 'set', table: 'bids', key: kept(key), value })
const pairs = (entries: Iterable<Entry>): [unknown, unknown][] =>
  [...entries].map(each => [each.key, each.op === 'set' ? each.value : undefined])
const inOrder = (model: ModelTable): [unknown, unknown][] =>
  [...model.entries].sort(([a], [b]) => compareKeys(kept(a), kept(b)))

const structures = [
  { name: 'hash entries', create: () => new HashEntries(), ordered: false },
  { name: 'ordered entries', create: () => new OrderedEntries(), ordered: true },
]

type Step = readonly [what: 'put' | 'remove' | 'copy', key: unknown]

const steps = fc.array(
  fc.tuple(
    fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'remove' as const, 'copy' as const),
    keys,
  ),
  { maxLength: 120, size: 'max' },
) as fc.Arbitrary<Step[]>

const expectSame = (entries: Entries, model: ModelTable, ordered: boolean): void => {
  const found = pairs(entries.walk())
  expect(entries.size).toBe(model.entries.length)
  expect(found).toHaveLength(model.entries.length)
  for (const [key, value] of found) expect(model.get(key)).toBe(value)
  if (ordered) expect(found.map(([, value]) => value)).toEqual(inOrder(model).map(([, value]) => value))
}

describe.each(structures)('$name', ({ create, ordered }) => {
  test('hold what a plain list holds, whatever the keys are; a copy holds what was there', () => {
    fc.assert(
      fc.property(steps, program => {
        const entries = create()
        const model = new ModelTable()
        const copies: [Entries, ModelTable][] = []
        for (const [index, [what, key]] of program.entries()) {
          if (what === 'put') {
            entries.put(entry(key, index))
            model.set(key, index)
          } else if (what === 'remove') {
            entries.remove(kept(key))
            model.delete(key)
          } else {
            const then = new ModelTable()
            then.entries = model.entries.map(([k, value]) => [k, value])
            copies.push([entries.copy(), then])
          }
          const found = entries.get(kept(key))
          expect(found?.op === 'set' ? found.value : undefined).toBe(model.get(key))
        }
        for (const [copy, then] of [[entries, model] as const, ...copies]) expectSame(copy, then, ordered)
      }),
      { numRuns: 60 },
    )
  })

  test('many of them, in any order, come and go', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 300, max: 6_000 }), (seed, count) => {
        const entries = create()
        const at = (i: number): number => Math.imul(i ^ seed, 0x9e3779b1) >>> 8
        const model = new Map<number, number>()
        for (let i = 0; i < count; i += 1) {
          entries.put(entry(at(i), i))
          model.set(at(i), i)
        }
        const copy = entries.copy()
        for (let i = 0; i < count; i += 3) {
          entries.remove(at(i))
          model.delete(at(i))
        }
        expect(entries.size).toBe(model.size)
        expect(copy.size).toBeGreaterThan(model.size)
        const sorted = [...model].sort(([a], [b]) => a - b)
        expect(pairs(entries.walk()).sort(([a], [b]) => Number(a) - Number(b))).toEqual(sorted)
        if (ordered) expect(pairs(entries.walk())).toEqual(sorted)
        for (const key of model.keys()) entries.remove(key)
        expect([entries.size, pairs(entries.walk())]).toEqual([0, []])
        entries.put(entry('again', 1))
        expect(pairs(entries.walk())).toEqual([['again', 1]])
      }),
      { numRuns: 20 },
    )
  })

  test('a write never moves more than a part of bounded size, however many there are', () => {
    const entries = create()
    const largest = (write: () => void): number => {
      const { moved } = entries
      write()
      return entries.moved - moved
    }
    let most = 0
    for (let i = 0; i < 200_000; i += 1)
      most = Math.max(
        most,
        largest(() => entries.put(entry(`key ${i}`, i))),
      )
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(600)
    expect(entries.moved).toBeLessThan(4 * 200_000)
    entries.copy()
    expect(largest(() => entries.put(entry('key 7', 0)))).toBeLessThan(600)
    expect(largest(() => entries.put(entry('key 7', 0)))).toBe(0)
    entries.copy()
    expect(largest(() => entries.remove('key 9'))).toBeLessThan(600)
  })
})

describe('keys', () => {
  test('are the same where their content is, and have one order', () => {
    fc.assert(
      fc.property(keys, keys, keys, (a, b, c) => {
        const [x, y, z] = [kept(a), kept(b), kept(c)]
        const entries = new HashEntries()
        entries.put(entry(a, 1))
        expect(compareKeys(x, y) === 0).toBe(same(a, b))
        expect(entries.get(y) !== undefined).toBe(same(a, b))
        expect(Math.sign(compareKeys(x, y))).toBe(0 - Math.sign(compareKeys(y, x)))
        if (compareKeys(x, y) <= 0 && compareKeys(y, z) <= 0) expect(compareKeys(x, z)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    [
      { a: 1, b: { c: 2, d: 3 } },
      { b: { d: 3, c: 2 }, a: 1 },
    ],
    [0, -0],
    [[0], [-0]],
  ])('%j is the same as %j', (a, b) => {
    for (const { create } of structures) {
      const entries = create()
      entries.put(entry(b, 1))
      entries.put(entry(a, 2))
      expect(pairs(entries.walk()).map(([, value]) => value)).toEqual([2])
      expect(Object.is(kept(b), -0)).toBe(false)
    }
  })

  test('stand in the order that is documented', () => {
    const ordered = [
      -Infinity,
      -1,
      0,
      0n,
      0.5,
      1,
      1n,
      2n ** 70n,
      Infinity,
      NaN,
      '',
      '10',
      '2',
      'a',
      undefined,
      null,
      false,
      true,
      new Date(0),
      new Date(1),
      [],
      [2],
      [2, 1],
      [10],
      ['a'],
      {},
      { b: 1 },
      { b: 2 },
      { c: 0 },
      { a: 9, b: 0 },
      new Uint8Array([1]),
      new Uint8Array([1, 0]),
    ]
    const entries = new OrderedEntries()
    for (const key of [...ordered].reverse()) entries.put(entry(key, 0))
    expect([...entries.walk()].map(({ key }) => key)).toEqual(ordered)
  })

  test('that cannot be compared are refused', () => {
    for (const key of [
      new Map(),
      new Set(),
      /a/,
      new Error('no'),
      () => 1,
      Symbol('s'),
      [new Map()],
      { a: [/a/] },
    ])
      expect(() => kept(key)).toThrow(expect.objectContaining({ code: 'PEEPER_NOT_DATA' }))
  })
})

test('a range is a stretch of the order, at either end open or closed, in either direction', () => {
  fc.assert(
    fc.property(
      fc.array(keys, { maxLength: 60 }),
      fc.tuple(keys, keys),
      fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      (all, [a, b], [includeFrom, includeTo, reverse]) => {
        const entries = new OrderedEntries()
        for (const key of [...all, ...hostile, ...Array.from({ length: 300 }, (_, i) => i)])
          entries.put(entry(key, 0))
        const [from, to] = [kept(a), kept(b)]
        const stretch: Stretch = { from, to, includeFrom, includeTo, reverse }
        const expected = [...entries.walk()].filter(({ key }) => {
          const [low, high] = [compareKeys(key, from), compareKeys(key, to)]
          const isFrom = from === undefined || low > 0 || (low === 0 && includeFrom)
          return isFrom && (to === undefined || high < 0 || (high === 0 && includeTo))
        })
        expect([...entries.walk(stretch)]).toEqual(reverse ? expected.reverse() : expected)
      },
    ),
    { numRuns: 200 },
  )
})
