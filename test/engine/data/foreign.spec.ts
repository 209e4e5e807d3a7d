import { describe, expect, it } from '@jest/globals'
import { Data } from 'nestjs-peeper/engine'

class Money {
  constructor(
    public amount: number,
    public currency = { code: 'EUR' },
  ) {}
}

class Purse {
  constructor(public held: unknown) {}
}

const theirs = new Data([Money, Purse])
const ours = new Data()

const shapes: [name: string, make: () => unknown, at: (value: never) => unknown][] = [
  ['the whole', () => new Money(1), value => value],
  ['a part', () => ({ a: [{ m: new Money(1) }] }), (value: { a: [{ m: unknown }] }) => value.a[0].m],
  ['a part of an instance', () => new Purse([new Money(1)]), (value: { held: unknown[] }) => value.held[0]],
  [
    'a part beside a Date',
    () => ({ when: new Date(0), a: [new Money(1)] }),
    (value: { a: unknown[] }) => value.a[0],
  ],
]

describe.each(shapes)('a kept instance of a type declared elsewhere alone, as %s', (_name, make, at) => {
  const out = (value: unknown): unknown => at(value as never)

  it('is plain in a copy and in a state', () => {
    const sent = theirs.release(theirs.keep(make()))
    for (const taken of [ours.copy(sent), ours.keep(sent), ours.release(ours.keep(ours.copy(sent)))]) {
      expect(out(taken)).toEqual({ amount: 1, currency: { code: 'EUR' } })
      expect(Object.getPrototypeOf(out(taken))).toBe(Object.prototype)
    }
  })

  it('is plain when it was written into a draft or returned', () => {
    const sent = theirs.release(theirs.keep(make()))
    const writing = ours.draft(ours.keep({ box: null as unknown, list: [] as unknown[], map: new Map() }))
    const state = writing.value as { box: unknown; list: unknown[]; map: Map<string, unknown> }
    state.box = sent
    state.list.push(sent)
    state.map.set('k', sent)
    const next = ours.release(writing.settle()) as typeof state
    const returned = ours.draft(ours.keep(0)).settle({ state: [sent] }) as unknown[]
    for (const value of [next.box, next.list[0], next.map.get('k'), returned[0]]) {
      expect(Object.getPrototypeOf(out(value))).toBe(Object.prototype)
    }
  })

  it('keeps its class where the type is declared', () => {
    const sent = theirs.release(theirs.keep(make()))
    const alike = new Data([Purse, Money])
    expect(out(alike.copy(sent))).toBeInstanceOf(Money)
    expect(out(alike.keep(sent))).toBeInstanceOf(Money)
  })
})

it('what a change took out of a state no longer makes a copy of the rest', () => {
  const kept = theirs.keep({ rest: { n: 1 }, m: new Money(1) as unknown })
  const draft = theirs.draft(kept)
  ;(draft.value as { m: unknown }).m = 2
  const next = theirs.release(draft.settle()) as { rest: unknown }
  expect(ours.copy(next)).toEqual({ rest: { n: 1 }, m: 2 })
  expect(ours.copy<{ rest: unknown }>(next).rest).toBe(next.rest)
})

it('data without such instances is shared, not copied', () => {
  const sent = theirs.release(theirs.keep({ a: [{ n: 1 }] }))
  expect(ours.copy(sent)).toBe(sent)
  expect(ours.keep(sent)).toBe(sent)
})
