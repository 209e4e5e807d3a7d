import { describe, expect, test } from '@jest/globals'
import {
  memoryKeeper,
  noreply,
  type Callbacks,
  type Context,
  type Family,
  type FamilyOptions,
} from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { Lives } from '../support/lives.js'
import { settled } from '../support/settled.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const counter: Callbacks = {
  call: { read: (n: number) => n },
  cast: { add: (n: number, by: number) => noreply({ state: n + by }) },
}

describe.each(combinations)('stop of a key ($name)', combination => {
  const suite = conformance(combination)
  const lotsOf = (callbacks: Callbacks, options: Partial<FamilyOptions> = {}): Family =>
    suite.engine.family({ name: 'lot', state: 0, callbacks, ...options })

  test('serves what was sent before, terminates with its reason and keeps the state', async () => {
    const lives = new Lives()
    const lots = lotsOf(lives.of(counter))
    for (let i = 0; i < 10; i += 1) lots.for('42').cast('add', 1)
    await lots.stop('42', { shutdown: 'moved' })
    expect(lives.log).toEqual(['+42', '-42 {"shutdown":"moved"}'])
    expect(suite.past('stopped')).toEqual([
      { type: 'stopped', server: 'lot/42', reason: { shutdown: 'moved' } },
    ])
    expect(lots.resident()).toEqual([])
    expect(await lots.for('42').call('read')).toBe(10)
  })

  test('what is sent after it is served by the next life, which begins when the last has ended', async () => {
    const { opened, open } = latch()
    const lives = new Lives()
    lives.last = () => opened
    const lots = lotsOf(lives.of(counter))
    lots.for('42').cast('add', 1)
    const stopped = lots.stop('42')
    lots.for('42').cast('add', 1)
    await suite.clock.advance(10)
    const asked = lots.for('42').call('read')
    expect(lives.log).toEqual(['+42'])
    open()
    await stopped
    expect(await asked).toBe(2)
    expect(lives.log).toEqual(['+42', '-42 "normal"', '+42'])
    expect(lives.most).toBe(1)
  })

  test('a thousand messages while it stops start one worker', async () => {
    const lives = new Lives()
    const lots = lotsOf(lives.of(counter))
    for (let i = 0; i < 1_000; i += 1) {
      lots.for('42').cast('add', 1)
      if (i % 100 === 0) void lots.stop('42')
      if (i % 250 === 0) await suite.clock.advance(0)
    }
    expect(await lots.for('42').call('read')).toBe(1_000)
    expect(lives.most).toBe(1)
    expect(suite.letters).toEqual([])
  })

  test('twice in a row is once; of one that is not in memory it is nothing', async () => {
    const lives = new Lives()
    const lots = lotsOf(lives.of(counter))
    await lots.stop('42')
    await lots.for('42').call('read')
    await Promise.all([lots.stop('42'), lots.for('42').stop(), lots.stop('42', 'shutdown')])
    expect(lives.log).toEqual(['+42', '-42 "normal"'])
  })

  test('rejects what is still queued before it after its timeout, and nothing that came after it', async () => {
    const { opened, open } = latch()
    const lots = lotsOf({ ...counter, call: { ...counter.call, slow: () => opened } })
    const slow = settled(lots.for('42').call('slow', undefined, { timeout: Infinity }))
    const before = settled(lots.for('42').call('read'))
    lots.for('42').cast('add', 1)
    await suite.clock.advance(0)
    const first = lots.stop('42', 'normal', Infinity)
    const between = settled(lots.for('42').call('read'))
    const stopped = lots.stop('42', 'normal', 1_000)
    const after = settled(lots.for('42').call('read'))
    await suite.clock.advance(1_000)
    await Promise.all([first, stopped])
    expect(await Promise.all([slow, before, between, after])).toMatchObject([
      { code: 'PEEPER_SERVER_EXITED' },
      { code: 'PEEPER_SERVER_STOPPED' },
      { code: 'PEEPER_SERVER_STOPPED' },
      { value: 0 },
    ])
    expect(suite.letters).toMatchObject([{ server: 'lot/42', message: 'add' }])
    open()
  })

  test('of a key in line waits for its turn; after its timeout it leaves the line', async () => {
    const { opened, open } = latch()
    const lots = lotsOf({ ...counter, call: { ...counter.call, slow: () => opened } }, { maxResident: 1 })
    const slow = lots.for('a').call('slow', undefined, { timeout: Infinity })
    lots.for('b').cast('add', 1)
    lots.for('c').cast('add', 1)
    const [b, c] = [lots.stop('b', 'normal', Infinity), lots.stop('c', 'normal', 100)]
    await suite.clock.advance(100)
    await c
    expect(suite.letters).toMatchObject([
      { server: 'lot/c', message: 'add', reason: { code: 'PEEPER_SERVER_STOPPED' } },
    ])
    expect(lots.for('c').status()).toMatchObject({ status: 'passive' })
    open()
    await Promise.all([slow, b])
    expect(await lots.for('b').call('read')).toBe(1)
    expect(await lots.for('c').call('read')).toBe(0)
  })

  test('of a key in line, once it has left the line: it is not started when there is room', async () => {
    const { opened, open } = latch()
    const lots = lotsOf({ ...counter, call: { ...counter.call, slow: () => opened } }, { maxResident: 1 })
    const slow = lots.for('a').call('slow', undefined, { timeout: Infinity })
    lots.for('b').cast('add', 1)
    const stopped = lots.stop('b', 'normal', 100)
    await suite.clock.advance(100)
    await stopped
    open()
    await slow
    expect(await lots.for('c').call('read')).toBe(0)
    expect(suite.past('started')).toMatchObject([{ server: 'lot/a' }, { server: 'lot/c' }])
  })

  test('ends one that starts, after its timeout; what came after it is served by the next life', async () => {
    const [first, second] = [latch(), latch()]
    let starts = 0
    const init = async (n: number): Promise<number> => {
      await ((starts += 1) === 1 ? first : second).opened
      return n
    }
    const lots = lotsOf({ ...counter, init })
    const before = settled(lots.for('42').call('read', undefined, { timeout: Infinity }))
    const stopped = lots.stop('42', 'normal', 100)
    const after = lots.for('42').call('read', undefined, { timeout: Infinity })
    await suite.clock.advance(100)
    await stopped
    expect(await before).toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
    first.open()
    await suite.clock.advance(100)
    expect(starts).toBe(2)
    expect(lots.for('42').status()).toMatchObject({ status: 'starting', queued: 1 })
    second.open()
    expect(await after).toBe(0)
  })

  test('is done when the server goes down before it gets there', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    const lots = lotsOf({ ...counter, cast: { ...counter.cast, boom } }, { maxRestarts: 0 })
    await lots.for('42').call('read')
    lots.for('42').cast('boom')
    await lots.stop('42')
    expect(suite.past('down')).toHaveLength(1)
  })

  test.each([-1, 'soon' as never])('a timeout of %p is refused', async timeout => {
    const lots = lotsOf(counter)
    await expect(lots.stop('42', 'normal', timeout)).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
    await expect(lots.forget('42', timeout)).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
  })

  test('a server that always ends at once does so no more often than it has messages', async () => {
    const lots = lotsOf(
      {
        ...counter,
        init: () => noreply({ state: 0, continue: 'leave' }),
        continue: {
          leave: () => {
            throw new Error('enough')
          },
        },
      },
      { restart: 'temporary' },
    )
    await expect(lots.for('42').call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_STOPPED' })
    expect(suite.past('started')).toHaveLength(1)
  })
})

describe.each(combinations)('forget of a key ($name)', combination => {
  const suite = conformance(combination)
  const lotsOf = (callbacks: Callbacks, options: Partial<FamilyOptions> = {}): Family =>
    suite.engine.family({ name: 'lot', state: 0, callbacks, ...options })
  const stored = async (lots: Family): Promise<string[]> => {
    const all: string[] = []
    for await (const key of lots.keys()) all.push(key)
    return all
  }

  test('ends it when all before is served, and removes its state', async () => {
    const lives = new Lives()
    const lots = lotsOf(lives.of(counter))
    lots.for('42').cast('add', 7)
    const asked = lots.for('42').call('read')
    await lots.forget('42')
    expect(await asked).toBe(7)
    expect(await stored(lots)).toEqual([])
    expect(await lots.for('42').call('read')).toBe(0)
    expect(lives.log).toEqual(['+42', '-42 "normal"', '+42'])
  })

  test('removes the state of one that is not in memory without waking it, and of no other', async () => {
    const lots = lotsOf(counter)
    for (const key of ['a', 'b']) lots.for(key).cast('add', 7)
    await Promise.all(['a', 'b'].map(key => lots.stop(key)))
    await lots.forget('a')
    await lots.forget('nobody')
    expect(await stored(lots)).toEqual(['b'])
    expect(suite.past('started')).toHaveLength(2)
    expect(await lots.for('a').call('read')).toBe(0)
  })

  test.each([true, false])(
    'messages that come meanwhile start it anew, from nothing (in memory: %p)',
    async isInMemory => {
      const lives = new Lives()
      const lots = lotsOf(lives.of(counter))
      lots.for('42').cast('add', 7)
      await drained(lots.for('42'))
      if (!isInMemory) await lots.stop('42')
      const forgotten = lots.forget('42')
      for (let i = 0; i < 100; i += 1) lots.for('42').cast('add', 1)
      const asked = lots.for('42').call('read')
      await forgotten
      expect(await asked).toBe(100)
      expect(lives.most).toBe(1)
      await lots.stop('42')
      expect(await lots.for('42').call('read')).toBe(100)
    },
  )

  test('joins a stop or a passivation that is going on, and a stop joins it', async () => {
    const { opened, open } = latch()
    const lives = new Lives()
    lives.last = () => opened
    const lots = lotsOf(lives.of(counter), { idle: 100 })
    lots.for('42').cast('add', 7)
    await drained(lots.for('42'))
    await suite.clock.advance(100)
    const all = [lots.forget('42'), lots.stop('42'), lots.forget('42')]
    open()
    await Promise.all(all)
    expect(await stored(lots)).toEqual([])
    expect(lives.log).toHaveLength(2)
  })

  test('rejects with the error of a keeper that cannot remove, and serves what came meanwhile', async () => {
    const keeper = memoryKeeper()
    const remove = (): never => {
      throw new Error('read-only')
    }
    const lots = lotsOf(counter, {
      keeper: {
        load: server => keeper.load(server),
        commit: (server, change, expected) => keeper.commit(server, change, expected),
        remove,
        list: name => keeper.list(name),
      },
    })
    lots.for('42').cast('add', 7)
    const forgotten = lots.forget('42')
    const asked = lots.for('42').call('read')
    await expect(forgotten).rejects.toThrow('read-only')
    expect(await asked).toBe(7)
    await lots.stop('42')
    await expect(lots.forget('42')).rejects.toThrow('read-only')
    expect(lots.for('42').status()).toMatchObject({ status: 'passive' })
  })

  test('happens all the same when the server goes down before it gets there', async () => {
    const boom = (_: number, __: unknown, ctx: Context): never => {
      throw new Error(`boom in ${ctx.key}`)
    }
    const lots = lotsOf({ ...counter, cast: { ...counter.cast, boom } }, { maxRestarts: 0 })
    lots.for('42').cast('add', 7)
    lots.for('42').cast('boom')
    await lots.forget('42')
    expect(await stored(lots)).toEqual([])
    expect(await lots.for('42').call('read')).toBe(0)
  })
})
