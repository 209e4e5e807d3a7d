import { describe, expect, test } from '@jest/globals'
import { Engine, type EngineOptions, type ServerOptions } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { never } from '../support/latch.js'
import { passing } from '../support/passing.js'

class Refused extends Error {}

const bad = { code: 'PEEPER_BAD_OPTION' }

describe('an option of all servers', () => {
  test('holds where a server’s own is undefined', async () => {
    const engine = new Engine({
      clock: simulatedClock(),
      maxRestarts: 7,
      mailbox: { limit: 1 },
      refuses: [Refused],
    })
    const callbacks = {
      call: {
        ask: () => {
          throw new Refused('no')
        },
      },
    }
    const server = engine.declare({
      name: 'one',
      callbacks,
      maxRestarts: undefined,
      mailbox: { limit: undefined, onCrash: 'drop' },
      refuses: undefined,
      types: undefined,
      keeper: undefined,
      init: undefined,
    })
    expect(server.status().restartsLeft).toBe(7)
    await engine.start('one')
    const [first, second] = [server.call('ask'), server.call('ask')]
    await expect(second).rejects.toMatchObject({ code: 'PEEPER_MAILBOX_FULL' })
    await expect(first).rejects.toBeInstanceOf(Refused)
    await engine.close()
  })

  test.each<[string, EngineOptions, Partial<ServerOptions>, number]>([
    ['timeout', { timeout: 3 }, {}, 3],
    ['timeout under its init.timeout', { timeout: 3, init: { timeout: 4 } }, {}, 4],
    ['init.timeout under a server’s own timeout', { init: { timeout: 3 } }, { timeout: 4 }, 4],
    ['timeout under a server’s own init.timeout', { timeout: 3 }, { init: { timeout: 4 } }, 4],
    ['init.timeout where a server’s own is undefined', { init: { timeout: 3 } }, { timeout: undefined }, 3],
  ])('%s', async (_, all, own, expected) => {
    const { init } = all
    const clock = simulatedClock()
    const engine = new Engine({ ...all, clock, init: { ...init, retries: 0 } })
    const started = engine.start({ name: 'one', callbacks: { init: never }, ...own })
    await expect(passing(clock, started)).rejects.toMatchObject({
      cause: { code: 'PEEPER_INIT_TIMEOUT', message: expect.stringContaining(`within ${expected} ms`) },
    })
  })
})

describe.each<[keyof ServerOptions, [string, unknown][]]>([
  [
    'refuses',
    [
      ['a class', Refused],
      ['a string', 'Refused'],
      ['an array of names', ['Refused']],
      ['an object', { 0: Refused }],
    ],
  ],
  [
    'types',
    [
      ['a class', Refused],
      ['a string', 'Refused'],
      ['an array of names', ['Refused']],
      ['an array of null', [null]],
      ['an array of half a codec', [{ toState: String }]],
    ],
  ],
])('%s', (option, values) => {
  test.each(values)('is refused as %s', (_, value) => {
    const given = { [option]: value }
    const server = { name: 'one', callbacks: {} }
    expect(() => new Engine().declare({ ...server, ...given })).toThrow(
      expect.objectContaining({ ...bad, message: expect.stringContaining(`'${option}' of server 'one'`) }),
    )
    expect(() => new Engine(given).declare({ ...server, [option]: [Refused] })).toThrow(
      expect.objectContaining(bad),
    )
  })
})

describe('servers of the same callbacks', () => {
  const callbacks = { call: { read: (n: number) => n, crash: () => Promise.reject(new Error('no')) } }

  test.each<[string, Partial<ServerOptions>, Partial<ServerOptions>]>([
    ['a number', { maxRestarts: 1 }, { maxRestarts: 2 }],
    ['one that the other leaves out', { maxRestarts: 1 }, {}],
    [
      'a group of options',
      { maxRestarts: 1, mailbox: { limit: 1 } },
      { maxRestarts: 2, mailbox: { limit: 1 } },
    ],
  ])('have options of their own, where they differ in %s', async (_, one, other) => {
    const engine = new Engine({ clock: simulatedClock() })
    const options = [one, other, one]
    const servers = options.map((own, i) => engine.declare({ name: `server ${i}`, callbacks, ...own }))
    expect(servers.map(server => server.status().restartsLeft)).toEqual(
      options.map(({ maxRestarts = 1_000 }) => maxRestarts),
    )
    await engine.close()
  })

  test('have mailboxes and listeners of their own', async () => {
    const engine = new Engine({ clock: simulatedClock() })
    const told: string[] = []
    const listening = (name: string): Partial<ServerOptions> => ({
      mailbox: { limit: name.length },
      listener: [{ onTerminate: () => told.push(name) }],
    })
    for (const name of ['a', 'bb'])
      await engine.start({ name, callbacks, state: name.length, ...listening(name) })
    for (const name of ['a', 'bb']) {
      const calls = [1, 2, 3].map(() => engine.call(name, 'read'))
      const full = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected')
      expect(full).toHaveLength(3 - name.length)
      expect(await engine.call(name, 'read')).toBe(name.length)
    }
    await engine.close()
    expect(told).toEqual(['bb', 'a'])
  })
})
