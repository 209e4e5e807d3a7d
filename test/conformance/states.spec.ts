import { describe, expect, test } from '@jest/globals'
import { noreply, reply, stop } from 'nestjs-peeper/engine'
import { thrownBy } from '../support/thrown.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const states: [string, unknown, unknown][] = [
  ['a number', 0, 1],
  ['NaN', NaN, 0],
  ['-0', -0, 0],
  ['a string', '', 'x'],
  ['a boolean', false, true],
  ['a bigint', 1n, 2n],
  ['null', null, 1],
  ['undefined', undefined, null],
  ['an object with a field `state`', { state: 1 }, { state: { state: undefined } }],
  ['an object with a field `reply`', { reply: 1, continue: 'x' }, { reply: 2, stop: 'normal' }],
  ['an array', [], [undefined]],
]

describe.each(combinations)('every state is legal ($name)', combination => {
  const suite = conformance(combination)
  const callbacks = {
    call: {
      read: (state: unknown) => reply({ state }),
      change: (_: unknown, [state]: [unknown]) => reply('done', { state }),
      leave: (_: unknown, [state]: [unknown]) => stop('shutdown', { reply: 'bye', state }),
      none: () => reply('done', { state: undefined }),
      keep: () => noreply({}),
    },
    cast: {
      crash: (_: unknown, [state]: [unknown]) => {
        void noreply({ state })
        throw new Error('crash')
      },
    },
  }

  test.each(states)(
    '%s: as first state, after a change, after a crash and a stop',
    async (_, first, next) => {
      const told: unknown[] = []
      const onStateChanged = (old: unknown, now: unknown) => void told.push([old, now])
      const server = await suite.start({ state: first, listener: { onStateChanged }, callbacks })
      const is = async (state: unknown): Promise<void> => expect(await server.call('read')).toEqual({ state })
      await is(first)
      server.exit('kill')
      await is(first)
      await server.call('change', [next])
      await is(next)
      server.cast('crash', [first])
      await is(next)
      await server.call('leave', [first])
      await is(first)
      expect(told).toEqual([
        [first, next],
        [next, first],
      ])
      expect(server.status().revision).toBe(3)
    },
  )

  test('undefined given as the next state counts, none given does not', async () => {
    const server = await suite.start({ state: { n: 1 }, callbacks })
    await server.call('change', [{ n: 2 }])
    expect(await server.call('read')).toEqual({ state: { n: 2 } })
    await server.call('none')
    expect(await server.call('read')).toEqual({ state: undefined })
    server.exit('kill')
    expect(await server.call('read')).toEqual({ state: undefined })
  })

  test('a first state that is not data is refused by start, with its path', async () => {
    await expect(suite.start({ state: { a: [() => 1] }, callbacks })).rejects.toMatchObject({
      code: 'PEEPER_STATE_NOT_KEEPABLE',
      cause: { path: ['a', 0] },
    })
  })

  test('the object that start was given stays the caller’s', async () => {
    const given = { items: [1] }
    const server = await suite.start({ state: given, callbacks })
    given.items.push(2)
    expect(await server.call('read')).toEqual({ state: { items: [1] } })
  })

  test.each<[string, () => unknown, (string | number)[]]>([
    ['a function', () => ({ a: () => 1 }), ['a']],
    ['a symbol', () => [Symbol('s')], [0]],
    ['a symbol key', () => ({ [Symbol('s')]: 1 }), []],
    ['a promise', () => ({ a: { b: Promise.resolve() } }), ['a', 'b']],
    ['shared memory', () => [new SharedArrayBuffer(1)], [0]],
    ['a WeakMap', () => [new WeakMap()], [0]],
    ['private data', () => ({ at: new URL('http://example.com') }), ['at']],
  ])('%s is refused as a payload, with its path, before anything is sent', async (_, make, path) => {
    const server = await suite.start({ state: 0, callbacks })
    const error: unknown = await server.call('change', make()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PEEPER_NOT_DATA' })
    expect((error as { path: unknown[] }).path.slice(0, path.length)).toEqual(path)
    expect(thrownBy(() => server.cast('crash', make()))).toMatchObject({ code: 'PEEPER_NOT_DATA' })
    expect(server.status()).toMatchObject({ worker: 1, queued: 0 })
  })

  test('a shared part becomes two', async () => {
    const part = { n: 1 }
    const server = await suite.start({
      state: { a: part, b: part },
      callbacks: {
        call: {
          change: (state: { a: { n: number }; b: { n: number } }) => {
            state.a.n = 2
            return state
          },
        },
      },
    })
    expect(await server.call('change')).toEqual({ a: { n: 2 }, b: { n: 1 } })
  })
})
