import { describe, expect, test } from '@jest/globals'
import { CallTimeoutError, NotDataError } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { target } from '../support/target.js'

const echo = { call: { echo: (_state: unknown, payload: unknown) => payload } }

const cyclic = (): object => {
  const knot: { self?: object } = {}
  knot.self = knot
  return knot
}

const deep = (levels: number): object => {
  let nest: object = {}
  for (let level = 0; level < levels; level += 1) nest = { nest }
  return nest
}

const deepArray = (levels: number): unknown[] => {
  let nest: unknown[] = []
  for (let level = 0; level < levels; level += 1) nest = [nest]
  return nest
}

const thrown = new Error('hands off')
const trap = (): never => {
  throw thrown
}
const hostileProxy = (trapName: string): object => new Proxy({ a: 1 }, { [trapName]: trap })

const notData: [string, () => unknown][] = [
  ['100 000 levels of objects', () => deep(100_000)],
  ['100 000 levels of arrays', () => deepArray(100_000)],
  ['a cycle', cyclic],
  ['a function', () => ({ run: () => 1 })],
  ['a symbol', () => Symbol('payload')],
  ['a promise', () => ({ soon: Promise.resolve(1) })],
  ['a hole', () => Array.from({ length: 3 }).concat(new Array(1))],
  ['a sparse array', () => Object.assign([], { 4_000_000_000: 1 })],
]

test.each(notData)('a payload with %s is refused at the send, and harms nobody', async (_, payload) => {
  const { server, isUnharmed } = await target(echo)
  await expect(server.call('echo', payload())).rejects.toThrow(NotDataError)
  expect(() => {
    server.cast('inc', payload())
  }).toThrow(NotDataError)
  expect(await isUnharmed()).toBe(true)
})

const throwing: [string, () => unknown][] = [
  [
    'a getter that throws',
    () => ({
      get a() {
        return trap()
      },
    }),
  ],
  ...['ownKeys', 'get', 'getPrototypeOf', 'getOwnPropertyDescriptor'].map((name): [string, () => object] => [
    `a proxy whose ${name} throws`,
    () => hostileProxy(name),
  ]),
  [
    'a proxy that is revoked',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
]

test.each(throwing)('%s is its sender’s own error', async (_, payload) => {
  const { server, isUnharmed } = await target(echo)
  await expect(server.call('echo', payload())).rejects.toThrow(/hands off|revoked/)
  expect(() => {
    server.cast('inc', payload())
  }).toThrow(/hands off|revoked/)
  expect(await isUnharmed()).toBe(true)
})

describe('keys that mean something to a prototype', () => {
  const hostile = JSON.parse(
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "a": {"__proto__": {"polluted": 1}}}',
  ) as Record<string, unknown>

  test('are keys like any other, and pollute nothing', async () => {
    const { server } = await target({
      call: {
        keep: (state: Record<string, unknown>, payload: Record<string, unknown>) => {
          for (const [key, value] of Object.entries(payload)) state[`of ${key}`] = value
          return { ...payload }
        },
      },
    })
    const answer = (await server.call('keep', hostile)) as Record<string, unknown>
    server.exit('kill')
    const state = (await server.call('read')) as Record<string, unknown>
    expect(Object.keys(state)).toEqual(['n', 'of __proto__', 'of constructor', 'of a'])
    expect(Object.keys(answer)).toEqual(['__proto__', 'constructor', 'a'])
    expect(Object.keys(state['of a'] as object)).toEqual(['__proto__'])
    expect('polluted' in {}).toBe(false)
    expect([state, answer].some(each => 'polluted' in each)).toBe(false)
  })
})

test('a payload that changes after the send arrives as it was sent, and is not frozen', async () => {
  const { server } = await target(echo)
  const payload = { list: [1], when: new Date(0), bytes: Buffer.from([1]), map: new Map([['a', { b: 1 }]]) }
  const asked = server.call('echo', payload)
  payload.list.push(2)
  payload.when.setTime(99)
  payload.bytes[0] = 99
  payload.map.get('a')!.b = 99
  expect(await asked).toEqual({
    list: [1],
    when: new Date(0),
    bytes: Buffer.from([1]),
    map: new Map([['a', { b: 1 }]]),
  })
  expect(Object.isFrozen(payload) || Object.isFrozen(payload.list)).toBe(false)
})

test('a payload that changes in its handler changes for nobody else', async () => {
  const { server } = await target({
    cast: { spoil: (_state: unknown, payload: number[]) => void payload.push(2) },
  })
  const payload = [1]
  server.cast('spoil', payload)
  await drained(server)
  expect(payload).toEqual([1])
})

test('a huge payload is carried', async () => {
  const { server } = await target({
    call: {
      count: (_state: unknown, payload: { rows: unknown[]; text: string }) =>
        payload.rows.length + payload.text.length,
    },
  })
  const rows = Array.from({ length: 200_000 }, (_, id) => ({ id, name: `row ${id}` }))
  expect(await server.call('count', { rows, text: 'x'.repeat(10_000_000) })).toBe(10_200_000)
})

test('a call that is refused at its send leaves nothing that times out later', async () => {
  const { server, clock } = await target(echo)
  await expect(server.call('echo', cyclic(), { timeout: 10 })).rejects.not.toThrow(CallTimeoutError)
  expect(clock.pending).toBe(0)
})
