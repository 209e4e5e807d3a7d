import { describe, expect, test } from '@jest/globals'
import { noreply, refuse } from 'nestjs-peeper/engine'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

class NotFound extends Error {}
class NoSuchItem extends NotFound {}

describe.each(combinations)('a refusal is the sender’s error ($name)', combination => {
  const suite = conformance(combination, { refuses: [NotFound] })
  const read = (state: { n: number }): number => state.n
  const ask = (how: () => unknown) => (state: { n: number }) => {
    state.n += 1
    return how()
  }
  const thrown = (error: Error) => () => {
    throw error
  }

  test.each<[string, (error: Error) => () => unknown]>([
    ['refuse(error)', error => () => refuse(error)],
    ['a promise of refuse(error)', error => () => Promise.resolve(refuse(error))],
    ['a thrown error of a class in refuses', thrown],
    ['a rejection with one', error => () => Promise.reject(error)],
  ])('%s rejects the caller with that very error, changes nothing and restarts nothing', async (_, how) => {
    const error = new NoSuchItem('42')
    const server = await suite.start({ state: { n: 0 }, callbacks: { call: { read, ask: ask(how(error)) } } })
    await expect(server.call('ask')).rejects.toEqual(suite.that(error))
    expect(await server.call('read')).toBe(0)
    expect(server.status()).toMatchObject({ worker: 1, revision: 1 })
  })

  test('an error of no class in refuses is a crash', async () => {
    const error = new RangeError('ours')
    const server = await suite.start({
      state: { n: 0 },
      callbacks: { call: { read, ask: ask(thrown(error)) } },
    })
    await expect(server.call('ask')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED', cause: error })
    expect(await server.call('read')).toBe(0)
    expect(server.status().worker).toBe(2)
  })

  test.each<[Error]>([[new RangeError('its own')], [new NotFound('the engine’s')]])(
    'a server’s own refuses are added to the engine’s (%s)',
    async error => {
      const server = await suite.start({
        state: { n: 0 },
        refuses: [RangeError],
        callbacks: { call: { ask: ask(thrown(error)) } },
      })
      await expect(server.call('ask')).rejects.toEqual(suite.that(error))
      expect(server.status().worker).toBe(1)
    },
  )

  test('a refused cast, info or continue becomes a dead letter with its error, and restarts nothing', async () => {
    const error = new NotFound('42')
    const no = ask(() => refuse(error))
    const server = await suite.start({
      state: { n: 0 },
      callbacks: {
        call: { read, step: () => noreply({ continue: ['no', 3] }) },
        cast: { no, go: () => noreply({ continue: ['no', 3] }) },
        info: { no },
        continue: { no },
      },
    })
    server.cast('no', 1)
    server.send('no', 2)
    server.cast('go')
    expect(await server.call('read')).toBe(0)
    expect(suite.letters).toEqual([
      { server: 'counter', kind: 'cast', message: 'no', payload: 1, reason: error },
      { server: 'counter', kind: 'info', message: 'no', payload: 2, reason: error },
      { server: 'counter', kind: 'continue', message: 'no', payload: 3, reason: error },
    ])
    expect(server.status().worker).toBe(1)
  })

  test('a message nobody handles is the sender’s error: a call is rejected, a cast or info is a dead letter', async () => {
    const server = await suite.start({
      state: { n: 0 },
      callbacks: { call: { read }, cast: { inc: () => undefined } },
    })
    await expect(server.call('nope')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_MESSAGE' })
    await expect(server.call('inc')).rejects.toThrow(/is a cast, not a call: use \.cast/)
    server.cast('read')
    server.send('nope', { some: 'thing' })
    expect(suite.letters).toMatchObject([
      { kind: 'cast', message: 'read', reason: { code: 'PEEPER_NO_SUCH_MESSAGE' } },
      {
        kind: 'info',
        message: 'nope',
        payload: { some: 'thing' },
        reason: { code: 'PEEPER_NO_SUCH_MESSAGE' },
      },
    ])
    expect(server.status().worker).toBe(1)
  })

  test('a * handler takes what no other does', async () => {
    const other = (_: unknown, message: unknown): unknown => message
    const server = await suite.start({ state: { n: 0 }, callbacks: { call: { read, '*': other } } })
    expect(await server.call('anything', [1])).toEqual({ name: 'anything', payload: [1] })
    expect(await server.call('read')).toBe(0)
  })
})
