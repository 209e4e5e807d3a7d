import * as fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import { Data, diff, replay, type Patch } from 'nestjs-peeper/engine'
import { program, run } from './program.js'
import { show } from './show.js'
import { define, tree } from './worlds.js'

class Point {
  constructor(
    public x: number,
    public y: number,
  ) {}
}

class Vector extends Point {}

const data = new Data([
  Point,
  Vector,
  { type: URL, toState: (url: URL) => url.href, fromState: (href: string) => new URL(href) },
])

/** The patches from one value to another, as the change of a draft or a return would give them. */
function patches(base: unknown, next: unknown): Patch[] {
  const kept = data.keep(base)
  return diff(kept, data.keep(next, kept))
}

const odd = (entries: [string, unknown][]): object => {
  const out = {}
  for (const [name, value] of entries) define(out, name, value)
  return out
}

describe('replaying the difference', () => {
  const holds = (base: unknown, next: unknown) => {
    const kept = data.keep(base)
    const goal = data.keep(next, kept)
    const made = diff(kept, goal)
    const before = show(data.release(kept))
    const again = data.keep(replay(kept, made))
    expect(show(data.release(again))).toBe(show(data.release(goal)))
    expect(show(data.release(kept))).toBe(before)
    expect(diff(again, goal)).toEqual([])
    // The base may also be plain data, such as a store hands back, and is not changed then either.
    const plain = data.copy(data.release(kept))
    expect(show(data.release(data.keep(replay(plain, made))))).toBe(show(data.release(goal)))
    expect(show(plain)).toBe(before)
  }

  it('leads from any state to any other', () => {
    fc.assert(fc.property(tree, tree, holds), { numRuns: 2_000 })
  })

  it('leads from any state to what any handler makes of it', () => {
    fc.assert(
      fc.property(tree, program, (base, steps) => {
        const kept = data.keep(base)
        const draft = data.draft(kept)
        run(draft.value, steps, value => data.copy(value))
        holds(kept, draft.settle())
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps declared types', () => {
    holds(
      { p: new Point(1, 2), u: new URL('http://a.test') },
      { p: new Point(1, 3), u: new URL('http://b.test') },
    )
    holds(new Point(1, 2), { x: 1, y: 3 })
    holds({ p: new Point(1, 2) }, { p: new Vector(1, 2) })
    holds([{ x: 1, y: 3 }], [new Point(1, 2)])
    const out = replay(data.keep(new Point(1, 2)), patches(new Point(1, 2), new Point(5, 2)))
    expect([out instanceof Point, out]).toEqual([true, new Point(5, 2)])
  })

  it('does not touch a prototype', () => {
    const base = odd([['__proto__', odd([['polluted', 1]])]])
    const next = odd([
      ['__proto__', odd([['polluted', 2]])],
      ['constructor', odd([['prototype', 1]])],
    ])
    holds(base, next)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    const hostile: Patch[] = [{ op: 'set', path: ['__proto__', 'polluted'], value: true }]
    expect(() => replay({}, hostile)).toThrow(TypeError)
    expect(() => replay({}, [{ op: 'set', path: ['constructor', 'prototype', 'x'], value: 1 }])).toThrow(
      TypeError,
    )
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('fails loudly on another revision', () => {
    expect(() => replay({ a: 1 }, [{ op: 'set', path: ['a', 'b', 'c'], value: 1 }])).toThrow(
      /another revision/,
    )
  })
})

describe('the difference', () => {
  const list = (...ids: number[]) => ids.map(id => ({ id }))

  it.each<[string, unknown, unknown, Patch[]]>([
    ['nothing', { a: [1, { b: new Date(0) }] }, { a: [1, { b: new Date(0) }] }, []],
    ['a property', { a: { b: 1 }, c: 1 }, { a: { b: 2 }, c: 1 }, [{ op: 'set', path: ['a', 'b'], value: 2 }]],
    ['a new one', { a: 1 }, { a: 1, b: 2 }, [{ op: 'set', path: ['b'], value: 2 }]],
    ['one that is gone', { a: 1, b: 2 }, { b: 2 }, [{ op: 'delete', path: ['a'] }]],
    ['undefined in its place', { a: 1 }, { a: undefined }, [{ op: 'set', path: ['a'], value: undefined }]],
    ['a key like a number', { 5: 1, x: 1 }, { 3: 0, 5: 1, x: 1 }, [{ op: 'set', path: ['3'], value: 0 }]],
    ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, [{ op: 'set', path: [], value: { b: 2, a: 1 } }]],
    ['another type', { a: {} }, { a: [] }, [{ op: 'set', path: ['a'], value: [] }]],
    ['the whole', 1, 2, [{ op: 'set', path: [], value: 2 }]],
    ['push', [1, 2], [1, 2, 3], [{ op: 'splice', path: [], start: 2, remove: 0, items: [3] }]],
    ['unshift', [1, 2], [0, 1, 2], [{ op: 'splice', path: [], start: 0, remove: 0, items: [0] }]],
    ['a queue moving on', [1, 2, 3], [2, 3, 4], [splice(0, 1), splice(2, 0, 4)]],
    [
      'one from the middle',
      [1, 2, 3, 4],
      [1, 4],
      [{ op: 'splice', path: [], start: 1, remove: 2, items: [] }],
    ],
    ['an element', [1, 2, 3], [1, 9, 3], [{ op: 'set', path: [1], value: 9 }]],
    [
      'a Map entry',
      new Map([['k', { v: 1 }]]),
      new Map([['k', { v: 2 }]]),
      [{ op: 'set', path: ['k', 'v'], value: 2 }],
    ],
    ['a Map key gone', new Map([[1, 1]]), new Map(), [{ op: 'delete', path: [1] }]],
    [
      'Set members',
      new Set([1, 2]),
      new Set([2, 3]),
      [
        { op: 'delete', path: [1] },
        { op: 'add', path: [], value: 3 },
      ],
    ],
  ])('says %s', (_what, base, next, expected) => {
    expect(patches(base, next)).toEqual(expected)
  })

  it('names the changed part of an element that stayed', () => {
    const kept = data.keep({ items: list(1, 2, 3) })
    const draft = data.draft(kept)
    const { items } = draft.value as { items: { id: number }[] }
    items.shift()
    ;(items[1] as { id: number }).id = 9
    items.push({ id: 4 })
    expect(diff(kept, draft.settle())).toEqual([
      { op: 'splice', path: ['items'], start: 0, remove: 1, items: [] },
      { op: 'set', path: ['items', 1, 'id'], value: 9 },
      { op: 'splice', path: ['items'], start: 2, remove: 0, items: [{ id: 4 }] },
    ])
  })

  it('of equal lists is empty, also where a part of one stands elsewhere in the other', () => {
    const kept = data.keep([[{ n: 1 }], [{ n: 1 }]]) as readonly unknown[]
    const [first, second] = kept
    const moved = data.keep([data.copy([{ n: 1 }]), first, [{ n: 1 }], second])
    expect(diff(kept, data.keep([second, first]))).toEqual([])
    expect(diff(moved, data.keep([first, [{ n: 1 }], second, [{ n: 1 }]]))).toEqual([])
  })

  it('follows the change, not the state', () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, { i, list: [i] }]))
    const kept = data.keep({ wide, rows: list(...Array.from({ length: 5_000 }, (_, i) => i)) })
    const draft = data.draft(kept)
    const state = draft.value as { wide: Record<string, { i: number }>; rows: object[] }
    ;(state.wide.k77 as { i: number }).i = -1
    state.rows.splice(2_500, 1)
    const made = diff(kept, draft.settle())
    expect(made).toEqual([
      { op: 'set', path: ['wide', 'k77', 'i'], value: -1 },
      { op: 'splice', path: ['rows'], start: 2_500, remove: 1, items: [] },
    ])
    const next = replay(kept, made) as { wide: Record<string, object>; rows: object[] }
    expect(next.wide.k1).toBe((kept as typeof next).wide.k1)
  })
})

function splice(start: number, remove: number, ...items: unknown[]): Patch {
  return { op: 'splice', path: [], start, remove, items }
}

it('a splice of a very long list is replayed', () => {
  const items = Array.from({ length: 200_000 }, (_, i) => i)
  const made: Patch[] = [{ op: 'splice', path: ['list'], start: 1, remove: 1, items }]
  const { list } = replay({ list: ['a', 'b', 'c'] }, made) as { list: unknown[] }
  expect(list.length).toBe(200_002)
  expect([list[0], list[1], list[100_000], list[200_000], list[200_001]]).toEqual([
    'a',
    0,
    99_999,
    199_999,
    'c',
  ])
})

it("a wide base that is nobody but the caller's may change between two replays", () => {
  const wide: Record<string, number> = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))
  const made: Patch[] = [{ op: 'set', path: ['k7'], value: -1 }]
  replay(wide, made)
  delete wide.k1
  wide.late = 1
  expect(replay(wide, made)).toEqual({ ...wide, k7: -1 })
})

it.each([20, 40, 130, 500])('an object of %i keys keeps their order, whatever is done to it', width => {
  const wide = Object.fromEntries(Array.from({ length: width }, (_, i) => [`k${i}`, i]))
  const model: Record<string, unknown> = { ...wide }
  let kept = data.keep(wide)
  const acts: ((state: Record<string, unknown>) => void)[] = [
    state => (state.k7 = 'x'),
    state => delete state.k3,
    state => (state.k3 = 'again'),
    state => (state.k7 = 'y'),
    state => (state.late = {}),
    state => ((state.late as { n?: number }).n = 1),
    state => (delete state.k5, (state.k5 = 5)),
  ]
  for (const act of acts) {
    const draft = data.draft(kept)
    act(draft.value as Record<string, unknown>)
    act(model)
    const next = draft.settle()
    expect(Object.entries(next as object)).toEqual(Object.entries(model))
    expect(show(data.keep(replay(kept, diff(kept, next))))).toBe(show(next))
    kept = next
  }
})
