import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { Data, DraftEndedError, LostMutationError, type Draft } from 'nestjs-peeper/engine'
import { show } from './show.js'

class Counter {
  n = 1
  items = [{ v: 1 }]

  get double(): number {
    return this.n * 2
  }

  set double(value: number) {
    this.n = value / 2
  }

  bump(): void {
    this.n += 1
    this.items.push({ v: this.n })
  }
}

const data = new Data([Counter])

/** Runs a handler on a draft and gives what became of the state, printed, and whether it is the base itself. */
function after<S>(state: S, handler: (state: S) => void): { now: string; same: boolean; modified: boolean } {
  const kept = data.keep(state)
  const before = show(data.release(kept))
  const draft = data.draft(kept)
  handler(draft.value as S)
  const { modified } = draft
  const next = draft.settle()
  draft.end()
  expect(show(data.release(kept))).toBe(before)
  return { now: show(data.release(next)), same: next === kept, modified }
}

describe('a draft of an object', () => {
  it('takes writes, new keys and deletions, and leaves the base alone', () => {
    const { now } = after<Record<string, unknown>>({ a: 1, b: { c: 1 } }, state => {
      state.a = 2
      ;(state.b as { c: number }).c = 3
      state.d = [{ e: 1 }]
    })
    expect(now).toBe('{"a": 2, "b": {"c": 3}, "d": [{"e": 1}]}')
    expect(after<{ a?: number; b: number }>({ a: 1, b: 2 }, state => delete state.a).now).toBe('{"b": 2}')
  })

  it('reads like the object itself', () => {
    const draft = data.draft(data.keep({ a: 1, b: { c: [1, 2] }, m: new Map([['k', 1]]) }))
    const state = draft.value as Record<string, unknown>
    expect(['a' in state, 'x' in state, Object.keys(state), 'toString' in state]).toEqual([
      true,
      false,
      ['a', 'b', 'm'],
      true,
    ])
    expect(JSON.stringify(state)).toBe('{"a":1,"b":{"c":[1,2]},"m":{}}')
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype)
    expect(Object.hasOwn(state, 'a')).toBe(true)
    expect(Object.entries({ ...state }).length).toBe(3)
    expect(state.b).toBe(state.b)
    expect([draft.modified, draft.settle()]).toEqual([false, expect.anything()])
  })

  it('that was only read settles to the base itself', () => {
    const result = after({ a: { b: [1, { c: 1 }] }, m: new Map([['k', {}]]), when: new Date(0) }, state => {
      const read = [state.a.b[1], ...state.m.values(), state.when.getTime(), JSON.stringify(state)]
      expect(read).toHaveLength(4)
    })
    expect([result.same, result.modified]).toEqual([true, false])
  })

  it('that was changed and changed back settles to the base itself', () => {
    const { same } = after(
      { n: 1, o: { p: 1 }, list: [1, 2], m: new Map([['k', 1]]), s: new Set([1]), d: new Date(0) },
      state => {
        state.n = 2
        state.n = 1
        state.o.p = 2
        state.o = { p: 1 }
        state.list.push(3)
        state.list.pop()
        state.m.set('x', 1)
        state.m.delete('x')
        state.s.add(2)
        state.s.delete(2)
        state.d.setTime(5)
        state.d = new Date(0)
      },
    )
    expect(same).toBe(true)
  })

  it('keeps the order of keys: a key that was removed and added again stands last', () => {
    const { now, same } = after<{ a?: number; b: number }>({ a: 1, b: 2 }, state => {
      delete state.a
      state.a = 1
    })
    expect([now, same]).toEqual(['{"b": 2, "a": 1}', false])
  })

  it('gives back the object the handler put in, and keeps a copy of it', () => {
    const fresh = { n: 1, deep: { list: [1] } }
    const kept = data.keep({ a: null as unknown })
    const draft = data.draft(kept)
    const state = draft.value as { a: unknown }
    state.a = fresh
    expect(state.a).toBe(fresh)
    fresh.n = 2
    const next = draft.settle()
    fresh.n = 3
    fresh.deep.list.push(2)
    expect(show(next)).toBe('{"a": {"n": 2, "deep": {"list": [1]}}}')
    expect(Object.isFrozen(fresh)).toBe(false)
  })

  it('cannot be redefined, frozen or given another prototype', () => {
    const state = data.draft(data.keep({ a: 1, list: [1] })).value as { a: number; list: number[] }
    expect(() => Object.defineProperty(state, 'a', { value: 2 })).toThrow(TypeError)
    expect(() => Object.freeze(state.list)).toThrow(TypeError)
    expect(() => Object.setPrototypeOf(state, null) as unknown).toThrow(TypeError)
  })

  it('as a prototype lets a write through to the heir alone', () => {
    const draft = data.draft(data.keep({ a: 1 }))
    const heir = Object.create(draft.value as object) as { a: number }
    heir.a = 2
    expect([heir.a, show(draft.settle())]).toEqual([2, '{"a": 1}'])
  })

  it('resolves drafts inside fresh values, each place for itself', () => {
    const kept = data.keep({ a: { n: 1 }, b: { n: 2 }, list: [] as unknown[] })
    const draft = data.draft(kept)
    const state = draft.value as { a: { n: number }; b: { n: number }; list: unknown[] }
    state.list.push({ was: state.b }, state.a)
    state.a = state.b
    state.b.n = 5
    expect(show(draft.settle())).toBe('{"a": {"n": 5}, "b": {"n": 5}, "list": [{"was": {"n": 5}}, {"n": 1}]}')
  })
})

describe('a draft of an array', () => {
  it.each<[string, (list: { n: number }[]) => void, string]>([
    ['push', l => void l.push({ n: 4 }), '1 2 3 4'],
    ['pop', l => void l.pop(), '1 2'],
    ['shift', l => void l.shift(), '2 3'],
    ['unshift', l => void l.unshift({ n: 0 }), '0 1 2 3'],
    ['splice', l => void l.splice(1, 1, { n: 8 }, { n: 9 }), '1 8 9 3'],
    ['reverse', l => void l.reverse(), '3 2 1'],
    ['sort', l => void l.sort((a, b) => b.n - a.n), '3 2 1'],
    ['length', l => void (l.length = 1), '1'],
    ['fill', l => void l.fill({ n: 7 }, 1), '1 7 7'],
    ['copyWithin', l => void l.copyWithin(0, 1), '2 3 3'],
    ['an element', l => void ((l[1] as { n: number }).n = 9), '1 9 3'],
    ['index write', l => void (l[3] = { n: 4 }), '1 2 3 4'],
  ])('takes %s', (_name, change, expected) => {
    const kept = data.keep([{ n: 1 }, { n: 2 }, { n: 3 }])
    const draft = data.draft(kept)
    change(draft.value as { n: number }[])
    expect((draft.value as { n: number }[]).map(x => x.n).join(' ')).toBe(expected)
    const next = draft.settle() as { n: number }[]
    expect(next.map(x => x.n).join(' ')).toBe(expected)
    expect(data.release(kept)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(Object.keys(next).length).toBe(next.length)
  })

  it('is an array to all who ask', () => {
    const list = data.draft(data.keep([1, 2])).value as number[]
    expect([Array.isArray(list), list.length, [...list, ...[0].concat(list)], JSON.stringify(list)]).toEqual([
      true,
      2,
      [1, 2, 0, 1, 2],
      '[1,2]',
    ])
    expect(list instanceof Array).toBe(true)
  })

  it('returns itself from the methods that do', () => {
    const list = data.draft(data.keep([2, 1])).value as number[]
    expect([list.reverse() === list, list.sort() === list, list.fill(0) === list]).toEqual([true, true, true])
  })

  it('finds its elements by identity', () => {
    const list = data.draft(data.keep([{ n: 1 }, { n: 2 }])).value as { n: number }[]
    const second = list.find(x => x.n === 2) as { n: number }
    expect([list.indexOf(second), list.includes(second)]).toEqual([1, true])
    list.unshift({ n: 0 })
    expect(list.indexOf(second)).toBe(2)
  })

  it('gives the changed element wherever it moves', () => {
    const { now } = after([{ n: 1 }, { n: 2 }, { n: 3 }], list => {
      const first = list[0] as { n: number }
      first.n = 10
      list.reverse()
      list.splice(1, 1)
      first.n += 1
    })
    expect(now).toBe('[{"n": 3}, {"n": 11}]')
  })

  it('hands out what was taken away, still changeable and to be replied', () => {
    const draft = data.draft(
      data.keep({
        list: [
          { n: 1, tags: ['a'] },
          { n: 2, tags: [] },
        ],
      }),
    )
    const { list } = draft.value as { list: { n: number; tags: string[] }[] }
    const last = list.pop() as { n: number; tags: string[] }
    const [first] = list.splice(0, 1)
    last.n = 7
    last.tags.push('x')
    expect(show(draft.settle())).toBe('{"list": []}')
    expect(show(data.copy({ last, first }))).toBe(
      '{"last": {"n": 7, "tags": ["x"]}, "first": {"n": 1, "tags": ["a"]}}',
    )
  })

  it('shares what did not change with its base', () => {
    const kept = data.keep({ list: [{ n: 1 }, { n: 2 }], other: {} }) as { list: object[]; other: object }
    const draft = data.draft(kept)
    ;(draft.value as { list: { n: number }[] }).list.push({ n: 3 })
    const next = draft.settle() as typeof kept
    expect([next.list[0] === kept.list[0], next.other === kept.other, next.list === kept.list]).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('a draft of a Map', () => {
  const make = () => new Map<string, { n: number }>(['a', 'b', 'c'].map((key, i) => [key, { n: i }]))

  it('takes every method', () => {
    const { now } = after({ m: make() }, ({ m }) => {
      expect(m instanceof Map).toBe(true)
      expect([m.size, m.has('a'), m.has('x'), m.get('x'), m.delete('x')]).toEqual([
        3,
        true,
        false,
        undefined,
        false,
      ])
      expect([[...m.keys()], [...m.values()].map(v => v.n), [...m].length]).toEqual([
        ['a', 'b', 'c'],
        [0, 1, 2],
        3,
      ])
      ;(m.get('a') as { n: number }).n = 9
      expect(m.set('d', { n: 4 })).toBe(m)
      expect(m.delete('b')).toBe(true)
      const seen: unknown[] = []
      m.forEach((value, key, map) => seen.push([key, value.n, map === m]))
      expect(seen).toEqual([
        ['a', 9, true],
        ['c', 2, true],
        ['d', 4, true],
      ])
    })
    expect(now).toBe('{"m": Map(3){"a" => {"n": 9}, "c" => {"n": 2}, "d" => {"n": 4}}}')
    expect(after({ m: make() }, ({ m }) => m.clear()).now).toBe('{"m": Map(0){}}')
  })

  it('may be changed while it is gone through, as a Map may', () => {
    const run = (m: Map<string, { n: number }>) => {
      const seen: string[] = []
      for (const [key, value] of m) {
        seen.push(`${key}${value.n}`)
        if (key === 'a') m.delete('b')
        if (key === 'c' && m.size < 5) m.set('late', { n: 5 })
      }
      return seen
    }
    const draft = data.draft(data.keep(make()))
    expect(run(draft.value as Map<string, { n: number }>)).toEqual(run(make()))
  })

  it('keeps a copy of a key that is an object', () => {
    const mine = { k: 1 }
    const draft = data.draft(data.keep(new Map<unknown, unknown>([['first', 1]])))
    const map = draft.value as Map<unknown, unknown>
    map.set(mine, 'object').set('last', 1)
    expect(map.get(mine)).toBe('object')
    const next = draft.settle()
    mine.k = 2
    expect(show(next)).toBe('Map(3){"first" => 1, {"k": 1} => "object", "last" => 1}')
  })

  it('does not yield to the prototype of Map', () => {
    const map = data.draft(data.keep(make())).value as Map<string, unknown>
    expect(() => Map.prototype.set.call(map, 'x', 1)).toThrow(TypeError)
    expect(() => Object.assign(map, { x: 1 })).toThrow(TypeError)
  })

  it('keeps keys of any kind, the order, and undefined values', () => {
    const { now } = after(new Map<unknown, unknown>([[NaN, 1]]), map => {
      map.set(-0, undefined).set(undefined, null).set(5n, [1]).set({ k: 1 }, 'object')
      expect([map.has(NaN), map.has(0), map.get(undefined)]).toEqual([true, true, null])
    })
    expect(now).toBe('Map(5){NaN => 1, 0 => undefined, undefined => null, 5n => [1], {"k": 1} => "object"}')
  })
})

describe('a draft of a Set', () => {
  it('takes every method, and its members are drafts', () => {
    const { now } = after({ s: new Set<unknown>([1, { n: 1 }, 'x']) }, ({ s }) => {
      expect(s instanceof Set).toBe(true)
      const member = [...s][1] as { n: number }
      expect([s.size, s.has(member), s.has(1), s.has(7)]).toEqual([3, true, true, false])
      member.n = 2
      s.add(member).add('y')
      expect([s.delete('x'), s.delete('x'), [...s.entries()].length, [...s.keys()].length]).toEqual([
        true,
        false,
        3,
        3,
      ])
      s.forEach((a, b, set) => expect([a === b, set === s]).toEqual([true, true]))
    })
    expect(now).toBe('{"s": Set(3){1, {"n": 2}, "y"}}')
    expect(after(new Set([1]), s => s.clear()).now).toBe('Set(0){}')
  })

  it('may be changed while it is gone through, as a Set may', () => {
    const run = (set: Set<unknown>) => {
      const seen: unknown[] = []
      for (const member of set) {
        seen.push(member)
        if (member === 1) set.delete(2)
        if (member === 3 && set.size < 5) set.add('late')
      }
      return seen
    }
    const draft = data.draft(data.keep(new Set([1, 2, 3])))
    expect(run(draft.value as Set<unknown>)).toEqual(run(new Set([1, 2, 3])))
  })

  it('forgets a member that was changed and then removed', () => {
    const { now } = after(new Set([{ n: 1 }, { n: 2 }]), set => {
      for (const member of set) {
        member.n *= 10
        if (member.n === 10) set.delete(member)
      }
    })
    expect(now).toBe('Set(1){{"n": 20}}')
  })

  it('keeps two parts apart that were one in two places', () => {
    interface State {
      l: { n: number }[]
      s?: Set<unknown>
      m?: Map<unknown, number>
    }
    const first = data.draft(data.keep({ l: [{ n: 1 }] }))
    const before = first.value as State
    before.l.push(before.l[0] as { n: number })
    const second = data.draft(first.settle())
    const state = second.value as State
    const [a, b] = state.l
    state.s = new Set([a, b])
    state.m = new Map([
      [a, 1],
      [b, 2],
    ])
    const shown = '{"s": Set(2){{"n": 1}, {"n": 1}}, "m": Map(2){{"n": 1} => 1, {"n": 1} => 2}}'
    expect(show(data.copy({ s: state.s, m: state.m }))).toBe(shown)
    const { s, m } = second.settle() as State
    expect(show({ s, m })).toBe(shown)
    const third = data.draft(data.keep({ l: first.settle(), s: new Set() }))
    const { l, s: own } = third.value as { l: State; s: Set<unknown> }
    own.add(l.l[0]).add(l.l[1])
    expect([data.copy(own).size, (third.settle() as { s: Set<unknown> }).s.size]).toEqual([2, 2])
  })

  it('does not yield to the prototype of Set', () => {
    const set = data.draft(data.keep(new Set([1]))).value as Set<number>
    expect(() => Set.prototype.add.call(set, 2)).toThrow(TypeError)
  })
})

describe('a draft of a declared type', () => {
  it('runs its methods and accessors on the draft', () => {
    const kept = data.keep({ c: new Counter() })
    const draft = data.draft(kept)
    const { c } = draft.value as { c: Counter }
    c.bump()
    c.double = 20
    expect([c instanceof Counter, c.double, c.n]).toEqual([true, 20, 10])
    const next = data.release(draft.settle()) as { c: Counter }
    expect(show(next)).toBe('{"c": Counter {"n": 10, "items": [{"v": 1}, {"v": 2}]}}')
    expect([next.c.double, Object.isFrozen(next.c)]).toEqual([20, true])
    expect(() => next.c.bump()).toThrow(TypeError)
  })
})

describe('a leaf under draft', () => {
  it('is the same copy at each read, and changed in place is a change', () => {
    const { now, modified } = after({ when: new Date(0) }, state => {
      expect(state.when).toBe(state.when)
      state.when.setTime(5)
      expect(state.when.getTime()).toBe(5)
    })
    expect([now, modified]).toEqual(['{"when": Date(5)}', true])
  })
})

describe('a draft that has ended', () => {
  it('throws at every touch of every part', () => {
    const draft = data.draft(
      data.keep({ o: {}, l: [{}], m: new Map([['k', 1]]), s: new Set([1]), c: new Counter() }),
    )
    const state = draft.value as {
      o: object
      l: object[]
      m: Map<string, number>
      s: Set<number>
      c: Counter
    }
    const { o, l, m, s, c } = state
    const push = l.push.bind(l)
    const going = m.entries()
    draft.end()
    const touches: (() => unknown)[] = [
      () => state.o,
      () => 'o' in state,
      () => Object.keys(state),
      () => Object.getPrototypeOf(state) as unknown,
      () => Object.getOwnPropertyDescriptor(o, 'x'),
      () => Object.assign(o, { x: 1 }),
      () => delete (state as { o?: object }).o,
      () => l.length,
      () => l[0],
      () => push({}),
      () => (l.length = 0),
      () => Reflect.deleteProperty(l, '0'),
      () => Object.keys(l),
      () => 0 in l,
      () => m.size,
      () => m.get('k'),
      () => m.set('k', 2),
      () => m.keys(),
      () => going.next(),
      () => s.has(1),
      () => s.size,
      () => s.add(2),
      () => c.double,
      () => c.n,
      () => data.copy(o),
      () => data.copy({ deep: [m] }),
      () => data.keep({ l }),
      () => draft.settle(),
    ]
    touches.forEach((touch, i) => expect([i, thrown(touch)]).toEqual([i, DraftEndedError]))
  })

  it('throws as well after it was settled, whatever the state', () => {
    const draft = data.draft(data.keep({ o: { n: 1 } }))
    const { o } = draft.value as { o: object }
    draft.settle()
    draft.end()
    expect([thrown(() => data.keep(o)), thrown(() => data.copy(o))]).toEqual([
      DraftEndedError,
      DraftEndedError,
    ])
    const primitive = data.draft(5)
    primitive.end()
    expect(thrown(() => primitive.settle())).toBe(DraftEndedError)
  })

  it('can still be printed', () => {
    const draft = data.draft(data.keep({ m: new Map() }))
    const { m } = draft.value as { m: unknown }
    draft.end()
    expect([inspect(draft.value), inspect(m)]).toEqual(['[draft that has ended]', '[draft that has ended]'])
  })
})

describe('a draft in the log', () => {
  it('prints what it is now, and printing is no read of the handler', () => {
    const draft = data.draft(
      data.keep({ n: 1, l: [1, { a: 1 }], m: new Map([['k', { v: 1 }]]), s: new Set([1]) }),
    )
    const state = draft.value as { n: number; l: unknown[]; m: Map<string, { v: number }> }
    state.n = 2
    state.l.push('x')
    ;(state.m.get('k') as { v: number }).v = 2
    const printed = "{ n: 2, l: [ 1, { a: 1 }, 'x' ], m: Map(1) { 'k' => { v: 2 } }, s: Set(1) { 1 } }"
    expect(inspect(state, { depth: 5, breakLength: 200 })).toBe(printed)
    expect(() => draft.settle({ state: { n: 5 } })).toThrow(LostMutationError)
    expect(inspect(data.draft(data.keep(new Counter())).value)).toBe('Counter { n: 1, items: [ { v: 1 } ] }')
  })
})

describe('a returned state', () => {
  const returning = <S>(
    state: S,
    handler: (state: S) => unknown,
  ): { draft: Draft; kept: unknown; next: () => unknown } => {
    const kept = data.keep(state)
    const draft = data.draft(kept)
    const returned = handler(draft.value as S)
    return { draft, kept, next: () => draft.settle({ state: returned }) }
  }

  it('may be anything that is data, undefined and the draft itself included', () => {
    expect(returning({ n: 1 }, () => undefined).next()).toBeUndefined()
    expect(returning({ n: 1 }, () => 5).next()).toBe(5)
    expect(returning({ n: 1 }, s => ((s.n = 2), s)).next()).toEqual({ n: 2 })
    const { next, kept } = returning({ n: 1, deep: { list: [1] } }, s => ({ ...s }))
    expect(next()).toBe(kept)
  })

  it('shares the parts that are equal to the base', () => {
    const state = { a: { n: 1 }, b: { n: 2 }, list: [{ v: 1 }, { v: 2 }] }
    const { next, kept } = returning(state, s => ({ ...s, b: { n: 3 }, list: [{ v: 1 }, { v: 9 }] }))
    const now = next() as typeof state
    const was = kept as typeof state
    expect([now.a === was.a, now.list[0] === was.list[0], show(now)]).toEqual([
      true,
      true,
      '{"a": {"n": 1}, "b": {"n": 3}, "list": [{"v": 1}, {"v": 9}]}',
    ])
  })

  it('resolves drafts inside, changed ones too', () => {
    const { next } = returning({ a: { n: 1 }, b: { n: 2 } }, s => {
      s.a.n = 5
      return { list: [s.a, { deep: s.b }] }
    })
    expect(show(next())).toBe('{"list": [{"n": 5}, {"deep": {"n": 2}}]}')
  })

  it('is fine with a change of the draft when it is built from it', () => {
    const builtFrom: [object, (s: never) => unknown, string][] = [
      [{ n: 1, a: { b: 1 } }, (s: { n: number }) => ((s.n = 2), { ...s }), '{"n": 2, "a": {"b": 1}}'],
      [
        { a: { b: 1 } },
        (s: { a: { b: number } }) => ((s.a.b = 2), { ...s, c: 1 }),
        '{"a": {"b": 2}, "c": 1}',
      ],
      [{ a: { b: 1 } }, (s: { a: { b: number } }) => ((s.a.b = 2), { a: { ...s.a } }), '{"a": {"b": 2}}'],
      [
        { l: [1, 2] },
        (s: { l: number[] }) => (s.l.push(3), { ...s, l: s.l.filter(x => x > 1) }),
        '{"l": [2, 3]}',
      ],
      [
        { m: new Map([['k', 1]]) },
        (s: { m: Map<string, number> }) => (s.m.set('x', 2), { m: new Map(s.m) }),
        '{"m": Map(2){"k" => 1, "x" => 2}}',
      ],
      [{ s: new Set([1]) }, (s: { s: Set<number> }) => (s.s.add(2), { s: [...s.s] }), '{"s": [1, 2]}'],
      [
        { w: new Date(0) },
        (s: { w: Date }) => (s.w.setTime(5), { deep: [{ w: s.w }] }),
        '{"deep": [{"w": Date(5)}]}',
      ],
      [{ n: 1, a: { b: 1 } }, (s: { a: { b: number } }) => ((s.a.b = 2), (s.a.b = 1), { n: 7 }), '{"n": 7}'],
      [
        { l: [{ d: 0 }, { d: 0 }] },
        (s: { l: { d: number }[] }) => poppedAndChanged(s),
        '{"l": [{"d": 0}], "last": 1}',
      ],
      [{ re: /a/g }, (s: { re: RegExp }) => (s.re.test('a'), { n: 1 }), '{"n": 1}'],
    ]
    for (const [state, handler, expected] of builtFrom) {
      expect(show(data.release(returning(state, handler as (s: object) => unknown).next()))).toBe(expected)
    }
  })

  it('that drops a change of the draft is refused with the path of the change', () => {
    const dropping: [object, (s: never) => unknown, (string | number)[]][] = [
      [{ n: 1 }, (s: { n: number }) => ((s.n = 2), { n: 5 }), []],
      [{ n: 1 }, (s: { n: number }) => ((s.n = 2), undefined), []],
      [{ a: { b: 1 } }, (s: { a: { b: number } }) => ((s.a.b = 2), { ...s, a: {} }), ['a']],
      [{ n: 1, l: [1] }, (s: { l: number[] }) => (s.l.push(2), { ...s, l: [1] }), ['l']],
      [{ l: [{ n: 1 }] }, (s: { l: { n: number }[] }) => ((first(s.l).n = 2), { l: s.l.length }), ['l', 0]],
      [
        { m: new Map([['k', { n: 1 }]]) },
        (s: { m: Map<string, { n: number }> }) => (bump(s.m), { x: s.m.size }),
        ['m', 'k'],
      ],
      [{ m: new Map([['k', 1]]) }, (s: { m: Map<string, number> }) => (s.m.set('x', 2), {}), ['m']],
      [{ s: new Set([1]) }, (s: { s: Set<number> }) => (s.s.add(2), {}), ['s']],
      [{ w: new Date(0) }, (s: { w: Date }) => (s.w.setTime(5), { n: 1 }), ['w']],
      [{ a: { b: 1 } }, (s: { a: { b: number } }) => readThenWrite(s), ['a']],
    ]
    for (const [state, handler, path] of dropping) {
      const { next, kept } = returning(state, handler as (s: object) => unknown)
      const before = show(data.release(kept))
      let error: unknown
      try {
        next()
      } catch (caught) {
        error = caught
      }
      expect(error).toBeInstanceOf(LostMutationError)
      expect((error as LostMutationError).path).toEqual(path)
      expect(show(data.release(kept))).toBe(before)
    }
  })
})

it('a draft is made of kept data alone', () => {
  expect(() => data.draft({ n: 1 })).toThrow(/keep\(\)/)
})

describe('a draft part on its way out', () => {
  it('before the handler is done is a copy of what it is now', () => {
    const draft = data.draft(
      data.keep({ a: { n: 1 }, l: [1], m: new Map([['k', { v: 1 }]]), s: new Set([1]), w: new Date(0) }),
    )
    const state = draft.value as {
      a: { n: number }
      l: number[]
      m: Map<string, { v: number }>
      s: Set<number>
      w: Date
    }
    state.a.n = 2
    state.l.push(2)
    ;(state.m.get('k') as { v: number }).v = 2
    state.s.add(2)
    state.w.setTime(1)
    const sent = data.copy({ ...state })
    state.a.n = 3
    state.l.push(3)
    expect(show(sent)).toBe(
      '{"a": {"n": 2}, "l": [1, 2], "m": Map(1){"k" => {"v": 2}}, "s": Set(2){1, 2}, "w": Date(1)}',
    )
    sent.a.n = 99
    expect(state.a.n).toBe(3)
  })

  it('after it settled is what it became, shared', () => {
    const draft = data.draft(data.keep({ a: { n: 1 } }))
    const { a } = draft.value as { a: { n: number } }
    a.n = 2
    const next = draft.settle() as { a: object }
    expect(data.copy(a)).toBe(next.a)
  })

  it('of another draft is taken as it is now, and does not end that draft', () => {
    const other = data.draft(data.keep({ a: { n: 1 } }))
    const { a } = other.value as { a: { n: number } }
    a.n = 2
    const mine = data.draft(data.keep({}))
    ;(mine.value as { got?: unknown }).got = a
    expect(show(mine.settle())).toBe('{"got": {"n": 2}}')
    a.n = 3
    expect(show(other.settle())).toBe('{"a": {"n": 3}}')
  })
})

const first = <T>(list: T[]): T => list[0] as T

const bump = (map: Map<string, { n: number }>): void => {
  ;(map.get('k') as { n: number }).n += 1
}

const readThenWrite = (state: { a: { b: number } }): object => {
  const before = { ...state.a }
  state.a.b = 2
  return { a: before }
}

const poppedAndChanged = (state: { l: { d: number }[] }): object => {
  const last = state.l.pop() as { d: number }
  last.d = 1
  return { ...state, last: last.d }
}

function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return (error as Error).constructor
  }
  return undefined
}
