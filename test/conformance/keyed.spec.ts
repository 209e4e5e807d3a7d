import { describe, expect, test } from '@jest/globals'
import {
  noreply,
  stop,
  type Callbacks,
  type Context,
  type Family,
  type FamilyOptions,
} from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { Lives } from '../support/lives.js'
import { passing } from '../support/passing.js'
import { settled } from '../support/settled.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const counter: Callbacks = {
  call: { read: (n: number) => n, boom: () => Promise.reject(new Error('boom')) },
  cast: { add: (n: number, by: number) => noreply({ state: n + by }) },
}

const collected = async (keys: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = []
  for await (const key of keys) all.push(key)
  return all.sort()
}

describe.each(combinations)('keyed servers ($name)', combination => {
  const suite = conformance(combination)
  const lotsOf = (callbacks: Callbacks, options: Partial<FamilyOptions> = {}): Family =>
    suite.engine.family({ name: 'lot', state: 0, callbacks, ...options })

  test.each([
    '1',
    ' ',
    '/',
    'a/b',
    '../x',
    '__proto__',
    'constructor',
    'x.GenServer',
    '\u00fc\ud83d\ude42',
    '\n',
    'k'.repeat(512),
    '\u20ac'.repeat(170),
  ])('any text is a key: %j', async key => {
    const lots = lotsOf({
      ...counter,
      call: { key: (_: number, __: undefined, ctx: Context) => [ctx.name, ctx.key] },
    })
    expect(await lots.for(key).call('key')).toEqual(['lot', key])
    expect(await suite.engine.call(`lot/${key}`, 'key')).toEqual(['lot', key])
    lots.for(key).cast('add', 1)
    await drained(lots.for(key))
    await lots.stop(key)
    expect(await collected(lots.keys())).toEqual([key])
  })

  test.each<[string, unknown, RegExp]>([
    ['empty', '', /empty/],
    ['a number', 42, /string/],
    ['undefined', undefined, /string/],
    ['with NUL', 'a\0', /NUL/],
    ['with half a character', 'a\ud800', /half a character/],
    ['longer than 512 bytes', 'k'.repeat(513), /512/],
    ['longer than 512 bytes in fewer characters', '\u20ac'.repeat(171), /512/],
  ])('a key that is %s is refused', async (_, given, why) => {
    const lots = lotsOf(counter)
    const key = given as string
    const refused = expect.objectContaining({ code: 'PEEPER_BAD_KEY' })
    expect(() => lots.for(key)).toThrow(why)
    await expect(lots.stop(key)).rejects.toEqual(refused)
    await expect(lots.forget(key)).rejects.toEqual(refused)
    expect(lots.resident()).toEqual([])
  })

  test('each key has a state, a worker and a mailbox of its own', async () => {
    const lots = lotsOf(counter)
    for (const key of ['a', 'b', 'a']) lots.for(key).cast('add', 1)
    expect(await Promise.all(['a', 'b', 'c'].map(key => lots.for(key).call('read')))).toEqual([2, 1, 0])
    await expect(lots.for('a').call('boom')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    expect(await lots.for('a').call('read')).toBe(2)
    expect(['a', 'b'].map(key => lots.for(key).status().worker)).toEqual([2, 1])
  })

  test('a thousand first messages at once start one worker', async () => {
    const lives = new Lives()
    const lots = lotsOf(
      lives.of({
        ...counter,
        call: { add: (n: number, by: number) => noreply({ state: n + by }), read: (n: number) => n },
      }),
    )
    for (let i = 0; i < 1_000; i += 1) lots.for('42').cast('add', 1)
    const all = await Promise.all(Array.from({ length: 1_000 }, () => lots.for('42').call('read')))
    expect(new Set(all)).toEqual(new Set([1_000]))
    expect(lives.log).toEqual(['+42'])
  })

  test('is stored at its first change, not at its start', async () => {
    const lots = lotsOf({ ...counter, init: (n: number) => n + 5 })
    expect(await lots.for('read').call('read')).toBe(5)
    expect(lots.for('read').status()).toMatchObject({ revision: 0, state: 5 })
    await expect(lots.for('read').call('boom')).rejects.toThrow()
    expect(await lots.for('read').call('read')).toBe(5)
    lots.for('changed').cast('add', 1)
    await drained(lots.for('changed'))
    expect(lots.for('changed').status()).toMatchObject({ revision: 1, state: 6 })
    for (const key of ['read', 'changed']) await lots.stop(key)
    expect(await collected(lots.keys())).toEqual(['changed'])
    expect(await Promise.all(['read', 'changed'].map(key => lots.for(key).call('read')))).toEqual([5, 6])
  })

  test('what a patch builds on is stored with it: a first change within a larger first state', async () => {
    const lots = lotsOf(
      {
        call: { read: (state: object) => state },
        cast: { bid: (state: { bids: number[] }) => void state.bids.push(1) },
      },
      { state: { title: 'a chair', bids: [] } },
    )
    lots.for('42').cast('bid')
    await lots.stop('42')
    expect(await lots.for('42').call('read')).toEqual({ title: 'a chair', bids: [1] })
  })

  test('keys() tells stored and resident keys, each once, and of no other name', async () => {
    const lots = lotsOf(counter)
    const others = suite.engine.family({ name: 'lo', state: 0, callbacks: counter })
    await suite.start({ state: 0, callbacks: counter })
    for (const key of ['a', 'b']) lots.for(key).cast('add', 1)
    others.for('t/a').cast('add', 1)
    await Promise.all(['a', 'b'].map(key => drained(lots.for(key))))
    await lots.stop('a')
    await lots.for('c').call('read')
    expect(await collected(lots.keys())).toEqual(['a', 'b', 'c'])
    expect(lots.resident().sort()).toEqual(['b', 'c'])
    expect(await collected(others.keys())).toEqual(['t/a'])
  })

  test('a key that cannot start is rejected, and the next message tries anew', async () => {
    let broken = true
    const init = (n: number): number => {
      if (broken) throw new Error('no database')
      return n
    }
    const lots = lotsOf({ ...counter, init }, { init: { retries: 0 } })
    const asked = [settled(lots.for('42').call('read')), settled(lots.for('42').call('read'))]
    lots.for('42').cast('add', 1)
    const again = asked[0]?.then(() => {
      broken = false
      return lots.for('42').call('read')
    })
    expect(await Promise.all(asked)).toMatchObject([
      { code: 'PEEPER_SERVER_DOWN' },
      { code: 'PEEPER_SERVER_DOWN' },
    ])
    expect(suite.letters).toMatchObject([
      { server: 'lot/42', message: 'add', reason: { code: 'PEEPER_SERVER_DOWN' } },
    ])
    expect(await again).toBe(0)
    expect(suite.past('down')).toHaveLength(1)
    expect(suite.engine.health().healthy).toBe(true)
  })

  test('a key that crashes too often goes down alone, and the next message brings it back with its state', async () => {
    const lots = lotsOf(counter, { maxRestarts: 1 })
    for (const key of ['a', 'b']) lots.for(key).cast('add', 7)
    const asked = [lots.for('a').call('boom'), lots.for('a').call('boom'), lots.for('a').call('read')].map(
      settled,
    )
    expect(await Promise.all(asked)).toMatchObject([
      { code: 'PEEPER_SERVER_EXITED' },
      { code: 'PEEPER_SERVER_EXITED' },
      { code: 'PEEPER_SERVER_DOWN' },
    ])
    expect(await lots.for('a').call('read')).toBe(7)
    expect(lots.for('b').status()).toMatchObject({ status: 'running', worker: 1 })
  })

  test('one that ends itself for good comes back with the next message', async () => {
    const lots = lotsOf(
      { call: { ...counter.call, sell: (n: number) => stop('normal', { reply: n, state: n + 1 }) } },
      { restart: 'transient' },
    )
    expect(await lots.for('42').call('sell')).toBe(0)
    expect(await lots.for('42').call('read')).toBe(1)
    expect(suite.past('stopped')).toMatchObject([{ server: 'lot/42', reason: 'normal' }])
  })

  test('what no handler takes, and what is no data, wakes nobody', async () => {
    const lots = lotsOf(counter)
    await expect(lots.for('42').call('nope')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_MESSAGE' })
    await expect(lots.for('42').call('read', () => 1)).rejects.toMatchObject({ code: 'PEEPER_NOT_DATA' })
    lots.for('42').cast('nope')
    expect(suite.letters).toMatchObject([{ server: 'lot/42', reason: { code: 'PEEPER_NO_SUCH_MESSAGE' } }])
    expect(lots.for('42').status()).toMatchObject({ status: 'passive' })
    expect(suite.past('started')).toEqual([])
  })

  test('status tells of one that is not in memory without waking it', async () => {
    const lots = lotsOf(counter, { maxRestarts: 7 })
    const passive = {
      server: 'lot/42',
      status: 'passive',
      worker: 0,
      restartsLeft: 7,
      queued: 0,
      revision: 0,
      state: undefined,
    }
    expect(lots.for('42').status()).toEqual(passive)
    await lots.for('42').call('read')
    expect(lots.for('42').status()).toMatchObject({ status: 'running', worker: 1 })
    await lots.stop('42')
    expect(lots.for('42').status()).toEqual(passive)
    expect(() => lots.for('42').worker()).toThrow(/no running worker/)
    lots.for('42').exit('kill')
    await drained(lots.for('42'))
    expect(suite.past('started')).toHaveLength(1)
  })

  test('a name is one server or many: it is taken once', async () => {
    lotsOf(counter)
    expect(() => lotsOf(counter)).toThrow(/already started/)
    await expect(suite.start({ name: 'lot', callbacks: counter })).rejects.toMatchObject({
      code: 'PEEPER_ALREADY_STARTED',
    })
    await suite.start({ name: 'one', callbacks: counter })
    expect(() => lotsOf(counter, { name: 'one' })).toThrow(/already started/)
    await expect(suite.engine.call('lot', 'read')).rejects.toThrow(/'lot\/<key>'/)
    await expect(suite.engine.call('other/42', 'read')).rejects.toMatchObject({
      code: 'PEEPER_NO_SUCH_SERVER',
    })
    expect(suite.engine.whereis('lot', '42')).toMatchObject({ name: 'lot', key: '42' })
    expect(suite.engine.whereis('other', '42')).toBeUndefined()
  })

  test.each<[string, Partial<FamilyOptions>]>([
    ['idle', { idle: 0 }],
    ['idle', { idle: 'soon' as never }],
    ['maxResident', { maxResident: 0 }],
    ['maxResident', { maxResident: 1.5 }],
    ['maxWaiting', { maxWaiting: -1 }],
    ['size', { size: 1 } as never],
    ['restart', { restart: 'always' as never }],
  ])('a bad %s is refused', (option, options) => {
    expect(() => lotsOf(counter, options)).toThrow(new RegExp(`'${option}'`))
    lotsOf(counter)
  })

  test('a deferred reply reaches the caller of a keyed server, also when another server gives it', async () => {
    const lots = lotsOf({
      call: {
        wait: (_: number, __: undefined, ctx: Context) => {
          suite.engine.cast('clerk', 'answer', ctx.from)
          return noreply()
        },
      },
    })
    await suite.start({
      name: 'clerk',
      callbacks: {
        cast: {
          answer: (_: unknown, from: never, ctx: Context) => {
            ctx.reply(from, 'sold')
          },
        },
      },
    })
    expect(await lots.for('4/2').call('wait')).toBe('sold')
  })

  test('ctx.self is the address that outlives the life', async () => {
    const lots = lotsOf({
      call: counter.call,
      cast: {
        ...counter.cast,
        more: (_: number, __: undefined, ctx: Context) => {
          ctx.self.cast('add', 3)
        },
      },
    })
    lots.for('42').cast('more')
    expect(
      await passing(
        suite.clock,
        drained(lots.for('42')).then(() => lots.for('42').call('read')),
      ),
    ).toBe(3)
  })

  test('listeners are told the key', async () => {
    const told: unknown[] = []
    const lots = lotsOf(counter, {
      listener: {
        onStateChanged: (old, next, { server, key }) => void told.push([old, next, server, key]),
        onTerminate: (reason, state, { key }) => void told.push([reason, state, key]),
      },
    })
    lots.for('42').cast('add', 1)
    await lots.stop('42')
    expect(told).toEqual([
      [0, 1, 'lot/42', '42'],
      ['normal', 1, '42'],
    ])
  })
})
