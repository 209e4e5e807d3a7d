import { describe, expect, test } from '@jest/globals'
import {
  type BadOutcomeError,
  noreply,
  refuse,
  reply,
  stop,
  type Context,
  type Server,
  type ServerExitedError,
} from 'nestjs-peeper/engine'
import { of, Observable } from 'rxjs'
import { target } from '../support/target.js'

class Money {
  constructor(readonly cents: number) {}
  get euros(): number {
    return this.cents / 100
  }
}

const cyclic = (): unknown => {
  const knot: unknown[] = []
  knot.push(knot)
  return knot
}

interface State {
  n: number
}

const nonsense: [string, (state: State, server: Server, ctx: Context) => unknown][] = [
  ['a function', () => () => 1],
  ['a promise of a function', () => Promise.resolve(() => 1)],
  ['a symbol', () => Symbol('reply')],
  ['an Observable', () => of(1)],
  ['an Observable of its own', () => new Observable(subscriber => subscriber.next(1))],
  ['a cycle', cyclic],
  ['a reply with a cycle', () => reply(cyclic())],
  ['a reply that is a promise', () => reply(Promise.resolve(1))],
  ['a server', (_state, server) => server],
  ['its own context', (_state, _server, ctx) => ctx],
  ['a WeakMap', () => new WeakMap()],
  ['a generator', () => (function* () {})()],
  ['a reply with options that are none', () => reply(1, 5 as never)],
  ['a reply with null for options', () => reply(1, null as never)],
  ['a continue that names nobody', () => reply(1, { continue: 'constructor' })],
  ['a continue called by a symbol', () => reply(1, { continue: Symbol('next') as never })],
  ['a continue called by a BigInt', () => reply(1, { continue: 1n as never })],
  ['a continue called by nothing', () => reply(1, { continue: null as never })],
  ['a timeout that is no number', () => reply(1, { timeout: '1' as never })],
  ['a timeout of NaN', () => reply(1, { timeout: NaN })],
  ['a timeout before now', () => noreply({ timeout: -1 })],
  ['a stop without a reason', () => stop(undefined as never)],
  ['a stop for a reason that is none', () => stop('tired' as never)],
  ['a stop with null for its last words', () => stop('normal', null as never)],
  ['a stop with a number for its last words', () => stop('normal', 5 as never)],
  ['a state that is no data', state => reply(1, { state: { ...state, run: () => 1 } })],
]

test.each(nonsense)('a handler that returns %s crashes, and nothing of it is kept', async (_, handler) => {
  const { server } = await target({
    call: {
      odd: (state: State, _payload: unknown, ctx: Context) => {
        state.n = 99
        return handler(state, server, ctx)
      },
    },
  })
  const error = (await server.call('odd').catch((thrown: unknown) => thrown)) as ServerExitedError
  expect(error.code).toBe('PEEPER_SERVER_EXITED')
  expect((error.reason as BadOutcomeError).code).toMatch(/^PEEPER_(BAD_OUTCOME|STATE_NOT_KEEPABLE)$/)
  expect((error.reason as BadOutcomeError).message).toContain("call 'odd'")
  expect(await server.call('read')).toEqual({ n: 0 })
})

describe('thenables', () => {
  const oddities: [string, unknown, unknown][] = [
    [
      'resolves twice',
      { then: (resolve: (value: unknown) => void) => [resolve(1), resolve(2)] },
      { value: 1 },
    ],
    [
      'resolves and then throws',
      {
        then: (resolve: (value: unknown) => void) => {
          resolve(1)
          throw new Error('too late')
        },
      },
      { value: 1 },
    ],
    [
      'throws',
      {
        then: () => {
          throw new Error('thrown')
        },
      },
      { reason: 'thrown' },
    ],
    [
      'has a `then` that throws when it is read',
      {
        get then() {
          throw new Error('thrown')
        },
      },
      { reason: 'thrown' },
    ],
    [
      'rejects twice',
      { then: (_: unknown, reject: (error: unknown) => void) => [reject(new Error('one')), reject(2)] },
      { reason: 'one' },
    ],
  ]

  test.each(oddities)('one that %s settles its call once', async (_, thenable, expected) => {
    const { server } = await target({ call: { odd: () => thenable } })
    const answer = await server.call('odd').then(
      value => ({ value }),
      (error: unknown) => ({ reason: ((error as ServerExitedError).reason as Error).message }),
    )
    expect(answer).toEqual(expected)
    expect(await server.call('inc')).toBe(1)
  })
})

describe('what leaves is plain', () => {
  test('a class instance leaves as its fields', async () => {
    const { server } = await target({ call: { money: () => new Money(5) } })
    const money = await server.call('money')
    expect(Object.getPrototypeOf(money)).toBe(Object.prototype)
    expect(money).toEqual({ cents: 5 })
  })

  interface Deep {
    n: number
    list: { id: number }[]
    map: Map<string, { id: number }>
  }
  const state = (): Deep => ({ n: 0, list: [{ id: 1 }], map: new Map([['a', { id: 2 }]]) })
  const changed = { n: 0, list: [{ id: 1 }, { id: 3 }], map: new Map([['a', { id: 2 }]]) }

  test.each<[string, (draft: Deep) => unknown, unknown]>([
    ['the draft itself', draft => draft, changed],
    ['the draft in a reply(…)', draft => reply({ draft }), { draft: changed }],
    ['a part of the draft', draft => draft.list, changed.list],
    ['a part of a part', draft => [draft.list[1]], [{ id: 3 }]],
    ['a map of it', draft => draft.map, changed.map],
    ['what was taken out of it', draft => [draft.list.pop(), draft.list.push({ id: 3 })], [{ id: 3 }, 2]],
    ['a promise of the draft', draft => Promise.resolve(draft), changed],
    ['a part that it is stopped with', draft => stop('shutdown', { reply: draft.list }), changed.list],
  ])('%s leaves as a plain copy that reaches nothing inside', async (_, handler, expected) => {
    const { server } = await target(
      {
        call: {
          leak: (draft: Deep) => {
            draft.list.push({ id: 3 })
            return handler(draft)
          },
        },
      },
      { state: state() },
    )
    const answer = await server.call('leak')
    expect(answer).toEqual(expected)
    expect(structuredClone(answer)).toEqual(expected) // a draft cannot be cloned
    for (const map of [answer, (answer as { draft?: Deep }).draft?.map, (answer as Deep).map])
      if (map instanceof Map) map.clear()
    expect(await server.call('read')).toEqual(changed)
  })

  test('a part of the draft that a call is refused with is a plain copy', async () => {
    const { server } = await target(
      { call: { leak: (draft: Deep) => refuse(draft.list) } },
      { state: state() },
    )
    await expect(server.call('leak')).rejects.toEqual([{ id: 1 }])
  })

  test.each<[string, (draft: Deep) => unknown]>([
    [
      'thrown',
      draft => {
        throw draft.list
      },
    ],
    ['rejected with', draft => Promise.reject(draft)],
  ])('a part of the draft that is %s harms nobody', async (_, handler) => {
    const { server } = await target({ call: { leak: handler } }, { state: state() })
    await expect(server.call('leak')).rejects.toBeDefined()
    expect(await server.call('read')).toEqual(state())
  })
})
