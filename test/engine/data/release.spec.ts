import { describe, expect, it } from '@jest/globals'
import { Data } from 'nestjs-peeper/engine'
import { show } from './show.js'

const data = new Data()

describe('a kept state on its way out', () => {
  it('leaves as it is, frozen, when nothing in it can be changed', () => {
    const kept = data.keep({ a: [1, { b: 2 }] })
    const out = data.release(kept) as { a: unknown[] }
    expect(out).toBe(kept)
    expect([Object.isFrozen(out), Object.isFrozen(out.a), Object.isFrozen(out.a[1])]).toEqual([
      true,
      true,
      true,
    ])
  })

  it('leaves as a frozen copy along the way to what can be changed, and shares the rest', () => {
    const kept = data.keep({
      safe: { n: 1 },
      way: [{ when: new Date(0) }],
      m: new Map([['k', { n: 1 }]]),
    }) as {
      safe: object
      way: { when: Date }[]
      m: Map<string, object>
    }
    const out = data.release(kept)
    expect(show(out)).toBe(show(kept))
    expect([out === kept, out.safe === kept.safe, out.m.get('k') === kept.m.get('k')]).toEqual([
      false,
      true,
      true,
    ])
    expect([Object.isFrozen(out), Object.isFrozen(out.way), Object.isFrozen(out.way[0])]).toEqual([
      true,
      true,
      true,
    ])
    expect([Object.getPrototypeOf(out.m) === Map.prototype, out.way[0]?.when.getTime()]).toEqual([true, 0])
    Map.prototype.clear.call(out.m)
    out.way[0]?.when.setTime(9)
    expect(show(kept)).toBe('{"safe": {"n": 1}, "way": [{"when": Date(0)}], "m": Map(1){"k" => {"n": 1}}}')
  })

  it('is copied once a part for a receiver of every revision', () => {
    const cache = new WeakMap<object, object>()
    const first = data.keep({
      n: 1,
      big: { list: [new Date(0), new Date(1)] },
      m: new Map([['a', new Date(2)]]),
    })
    const draft = data.draft(first)
    ;(draft.value as { n: number }).n = 2
    const second = draft.settle()
    interface Out {
      n: number
      big: object
      m: object
    }
    const one = data.release(first as Out, cache)
    const two = data.release(second as Out, cache)
    expect([one.n, two.n, one.big === two.big, one.m === two.m]).toEqual([1, 2, true, true])
    expect(data.release(second as Out, cache)).toBe(two)
    expect(data.release(second as Out).big).not.toBe(two.big)
  })

  it('comes back in at once where it was shared, by keep, copy and draft', () => {
    const kept = data.keep({ a: { n: 1 } }) as { a: object }
    const { a } = data.release(kept)
    expect([data.keep(a) === a, data.copy({ a }).a === a]).toEqual([true, true])
    const draft = data.draft(data.keep({ got: null as unknown }))
    const state = draft.value as { got: { n: number } | null }
    state.got = a as { n: number }
    state.got.n = 2
    expect([show(draft.settle()), show(kept)]).toEqual(['{"got": {"n": 2}}', '{"a": {"n": 1}}'])
  })

  it('becomes shareable again once what could be changed is gone', () => {
    const draft = data.draft(
      data.keep({ a: { when: new Date(0) as unknown }, l: [new Date(1) as unknown], n: 1 }),
    )
    const state = draft.value as { a: { when: unknown }; l: unknown[] }
    state.a.when = 1
    state.l[0] = 1
    const next = draft.settle()
    expect(data.release(next)).toBe(next)
  })
})

describe('a payload', () => {
  it('that is a kept state leaves like any other', () => {
    const kept = data.keep({ when: new Date(0) }) as { when: Date }
    data.copy(kept).when.setTime(9)
    data.copy([kept])[0]?.when.setTime(9)
    expect(show(kept)).toBe('{"when": Date(0)}')
  })

  it('is a private copy that can be changed freely', () => {
    const mine = { n: 1, deep: { list: [1] }, m: new Map([['k', [1]]]) }
    const payload = data.copy(mine)
    payload.deep.list.push(2)
    payload.m.get('k')?.push(2)
    expect([show(mine), Object.isFrozen(mine.deep)]).toEqual([
      '{"n": 1, "deep": {"list": [1]}, "m": Map(1){"k" => [1]}}',
      false,
    ])
    mine.deep.list.push(9)
    expect(payload.deep.list).toEqual([1, 2])
  })

  it('is copied once for each place it stands in', () => {
    const part = { n: 1 }
    const { a, b } = data.copy({ a: part, b: part })
    expect([a === b, a]).toEqual([false, part])
  })
})

describe('wide states', () => {
  it.each([10, 127, 129, 1000])('of %i keys keep every key in its order', width => {
    const state = Object.fromEntries(
      Array.from({ length: width }, (_, i) => [`key${(i * 7919) % width}`, { i }]),
    )
    const kept = data.keep(state)
    expect(show(kept)).toBe(show(state))
    const draft = data.draft(kept)
    ;(draft.value as Record<string, { i: number }>).key3!.i = -1
    ;(draft.value as Record<string, unknown>).added = 1
    const model = { ...state, key3: { i: -1 }, added: 1 }
    expect(show(draft.settle())).toBe(show(model))
    expect(show(data.copy(state))).toBe(show(state))
  })
})
