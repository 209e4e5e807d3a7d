import { describe, expect, test } from '@jest/globals'
import { noreply } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const hostile = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'then', ' ', '.', 'ünï 🙂', "it's"]

describe.each(combinations)('names ($name)', combination => {
  const suite = conformance(combination)
  const own = (name: string, value: unknown): Record<string, never> => {
    const out = {}
    Object.defineProperty(out, name, { value, enumerable: true })
    return out
  }

  test.each<[string, unknown, RegExp]>([
    ['with /', 'a/b', /reserved/],
    ['that end in .GenServer', 'a.GenServer', /reserved/],
    ['with NUL', 'a\0b', /NUL/],
    ['with a lone surrogate', 'a\uD800', /half a character/],
    ['with a lone low surrogate', '\uDC00a', /half a character/],
    ['that are empty', '', /empty/],
    ['that are no strings', 5, /string/],
  ])('names %s are refused', async (_, name, why) => {
    const started = suite.start({ name: name as string, callbacks: {} })
    await expect(started).rejects.toMatchObject({ code: 'PEEPER_BAD_NAME' })
    await expect(started).rejects.toThrow(why)
  })

  test.each(hostile)('a server may be called %p', async name => {
    const server = await suite.start({ name, state: 1, callbacks: { call: { read: (n: number) => n } } })
    expect(suite.engine.whereis(name)).toBe(server)
    expect(await suite.engine.call(name, 'read')).toBe(1)
    server.exit('kill')
    expect(await suite.engine.call(name, 'read')).toBe(1)
    expect(await suite.engine.call(`${name}.GenServer`, 'read')).toBe(1)
  })

  test.each(hostile)('a message may be called %p', async name => {
    const server = await suite.start({
      state: 1,
      callbacks: {
        call: own(name, (n: number) => `read ${n}`),
        cast: own(name, () => noreply({ state: 2, continue: name })),
        info: own(name, (n: number) => noreply({ state: n + 10 })),
        continue: own(name, (n: number) => noreply({ state: n + 100 })),
      },
    })
    expect(await server.call(name)).toBe('read 1')
    server.cast(name)
    server.send(name)
    await drained(server)
    expect(server.status().state).toBe(112)
  })

  test.each(hostile)('a server or message called %p that is not there is not there', async name => {
    expect(suite.engine.whereis(name)).toBe(undefined)
    await expect(suite.engine.call(name, 'read')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_SERVER' })
    const server = await suite.start({ callbacks: { call: { read: () => 1 } } })
    await expect(server.call(name)).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_MESSAGE' })
    server.cast(name)
    expect(suite.letters).toHaveLength(1)
    expect(server.status().worker).toBe(1)
  })

  test.each(hostile)('a state may have a key %p', async key => {
    const server = await suite.start({
      state: {},
      callbacks: {
        call: { read: (state: object) => state },
        cast: {
          put: (state: object, value: unknown) => noreply({ state: { ...state, ...own(key, value) } }),
        },
      },
    })
    server.cast('put', { n: 1 })
    server.exit('kill')
    server.cast('put', { n: 2 })
    server.cast('put', { n: 3 })
    await drained(server)
    server.exit('kill')
    const state = (await server.call('read')) as object
    expect(Object.getOwnPropertyDescriptor(state, key)?.value).toEqual({ n: 3 })
    expect(Object.keys(state)).toEqual([key])
  })
})
