import { describe, expect, test } from '@jest/globals'
import {
  Engine,
  noreply,
  refuse,
  type Callbacks,
  type Context,
  type Family,
  type PeeperEvent,
  type ReminderTick,
  type RemindWhen,
  type Server,
} from 'nestjs-peeper/engine'
import { drained, simulatedClock } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { combinations } from './combinations.js'
import { conformance, type Conformance } from './fixture.js'

interface Asked {
  readonly name: string
  readonly when?: RemindWhen
  readonly payload?: unknown
}

/** Sets and forgets reminders as it is told, and keeps what it is reminded of. */
const diary: Callbacks = {
  call: {
    remind: (_: unknown, { name, when, payload }: Asked, ctx: Context) => {
      ctx.remind(name, when as RemindWhen, payload)
    },
    forget: (_: unknown, name: string, ctx: Context) => {
      ctx.forget(name)
    },
    read: (told: unknown[]) => told,
    crash: (_: unknown, { name, when }: Asked, ctx: Context) => {
      ctx.remind(name, when as RemindWhen)
      throw new Error('after ctx.remind')
    },
  },
  info: {
    tea: (told: unknown[], payload: unknown, { reminder }: Context) => void told.push([payload, reminder]),
    tick: (told: unknown[], _: unknown, { reminder }: Context) => void told.push(reminder?.dueAt),
  },
}

const tick = (dueAt: number, missed = 0, name = 'tea'): ReminderTick => ({ name, dueAt, missed })

/** The same store with another engine: the first one's process is gone. */
const restarted = async (suite: Conformance): Promise<Engine> => {
  await passing(suite.clock, suite.engine.close())
  return suite.another()
}

describe.each(combinations)('reminders ($name)', combination => {
  const suite = conformance(combination, { reminders: { poll: 1_000 } })
  const start = (): Promise<Server> => suite.start({ state: [], callbacks: diary })
  const family = (engine = suite.engine, options = {}): Family =>
    engine.family({ name: 'lot', state: [], callbacks: diary, idle: 100, ...options })

  test('at, after and every tell their server when they are due, with their payload', async () => {
    const server = await start()
    await server.call('remind', { name: 'tea', when: { at: new Date(500) }, payload: { at: 1 } })
    await server.call('remind', { name: 'tick', when: { every: 1_000 } })
    await suite.clock.advance(499)
    expect(await server.call('read')).toEqual([])
    await suite.clock.advance(1)
    expect(await server.call('read')).toEqual([[{ at: 1 }, tick(500)]])
    await server.call('remind', { name: 'tea', when: { after: 700 } })
    await suite.clock.advance(2_600)
    expect(await server.call('read')).toEqual([
      [{ at: 1 }, tick(500)],
      1_000,
      [undefined, tick(1_200)],
      2_000,
      3_000,
    ])
  })

  test('one is told once, and is a change of its server', async () => {
    const server = await start()
    await server.call('remind', { name: 'tea', when: { at: 0 } })
    await drained(server)
    await suite.clock.advance(10_000)
    expect(await server.call('read')).toEqual([[undefined, tick(0)]])
    expect(server.status().revision).toBe(3)
  })

  test('outside of reminders there is no ctx.reminder', async () => {
    const server = await suite.start({
      callbacks: {
        call: { ask: (_: unknown, __: unknown, { reminder }: Context) => reminder === undefined },
      },
    })
    expect(await server.call('ask')).toBe(true)
  })

  test('one that a crashed handler set was never set', async () => {
    const server = await start()
    await expect(server.call('crash', { name: 'tea', when: { after: 10 } })).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
    })
    await suite.clock.advance(1_000)
    expect(await server.call('read')).toEqual([])
  })

  test('one that a commit lost was never set; one that is stored unconfirmed was', async () => {
    for (const stored of [false, true]) {
      const server = await suite.start({ name: `counter ${stored}`, state: [], callbacks: diary })
      suite.store.failNext(new Error('disk full'), { stored })
      const asked = server.call('remind', { name: 'tea', when: { after: 10 } })
      await expect(asked).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
      await suite.clock.advance(1_000)
      expect(await server.call('read')).toHaveLength(stored ? 1 : 0)
    }
  })

  test('one of the same name takes its place', async () => {
    const server = await start()
    await server.call('remind', { name: 'tea', when: { after: 100 }, payload: 'first' })
    await server.call('remind', { name: 'tea', when: { after: 300 }, payload: 'second' })
    await suite.clock.advance(200)
    expect(await server.call('read')).toEqual([])
    await suite.clock.advance(200)
    expect(await server.call('read')).toEqual([['second', tick(300)]])
  })

  test('one that is forgotten is told no more, not even if it waits already; to forget none does no harm', async () => {
    const hold = latch()
    const server = await suite.start({
      state: [],
      callbacks: { ...diary, cast: { stall: () => hold.opened } },
    })
    await server.call('forget', 'tea')
    await server.call('remind', { name: 'tea', when: { after: 100 } })
    server.cast('stall')
    const forgotten = server.call('forget', 'tea')
    await suite.clock.advance(200)
    hold.open()
    await forgotten
    await suite.clock.advance(200)
    expect(await server.call('read')).toEqual([])
    expect(server.status().revision).toBe(3)
  })

  test('a crash of the worker leaves those that are set', async () => {
    const server = await start()
    await server.call('remind', { name: 'tea', when: { after: 100 } })
    server.exit('kill')
    await suite.clock.advance(50)
    expect(server.status().worker).toBe(2)
    await suite.clock.advance(50)
    expect(await server.call('read')).toEqual([[undefined, tick(100)]])
  })

  test('one whose handler crashes is told again after the restart, until it is committed', async () => {
    let crashes = 2
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        info: {
          tea: (told: unknown[], _: unknown, { reminder }: Context) => {
            told.push(reminder?.dueAt)
            if (crashes-- > 0) throw new Error('spilt')
          },
        },
      },
    })
    await server.call('remind', { name: 'tea', when: { after: 100 } })
    await suite.clock.advance(100)
    expect(await server.call('read')).toEqual([100])
    expect(suite.past('crashed')).toMatchObject([{ message: "info 'tea'" }, { message: "info 'tea'" }])
    expect(suite.letters).toEqual([])
  })

  test('one that always crashes spends the budget; a named server that is down is not woken', async () => {
    const server = await suite.start({
      state: [],
      maxRestarts: 3,
      callbacks: { ...diary, info: { tea: () => Promise.reject(new Error('poison')) } },
    })
    await server.call('remind', { name: 'tea', when: { after: 100 } })
    await suite.clock.advance(60_000)
    expect(server.status().status).toBe('down')
    expect(suite.past('crashed')).toHaveLength(4)
  })

  test('one that nobody handles is a dead letter, once', async () => {
    const server = await start()
    await server.call('remind', { name: 'nobody', when: { after: 100 }, payload: 7 })
    await suite.clock.advance(10_000)
    expect(suite.letters).toMatchObject([
      { kind: 'info', message: 'nobody', payload: 7, reason: { code: 'PEEPER_NO_SUCH_MESSAGE' } },
    ])
    expect(server.status().worker).toBe(1)
  })

  test('one that is refused is over, too', async () => {
    const server = await suite.start({
      state: [],
      callbacks: { ...diary, info: { tea: () => refuse(new Error('no milk')) } },
    })
    await server.call('remind', { name: 'tea', when: { after: 100 } })
    await suite.clock.advance(10_000)
    expect(suite.letters).toMatchObject([{ message: 'tea', reason: { message: 'no milk' } }])
  })

  test('its own handler may set it again, or forget one that repeats', async () => {
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        info: {
          tea: (told: unknown[], left: number, ctx: Context) => {
            told.push(left)
            if (left > 0) ctx.remind('tea', { after: 50 }, left - 1)
          },
          tick: (told: unknown[], _: unknown, ctx: Context) => {
            if (told.push('tick') > 4) ctx.forget('tick')
          },
        },
      },
    })
    await server.call('remind', { name: 'tea', when: { after: 50 }, payload: 2 })
    await server.call('remind', { name: 'tick', when: { every: 1_000 } })
    await suite.clock.advance(60_000)
    expect(await server.call('read')).toEqual([2, 1, 0, 'tick', 'tick'])
  })

  test('payloads are copies: kept once, told as they were', async () => {
    const seen: { n: number }[] = []
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        info: { tick: (_: unknown, payload: { n: number }) => void seen.push(payload) },
      },
    })
    await server.call('remind', { name: 'tick', when: { every: 1_000 }, payload: { n: 1 } })
    await suite.clock.advance(1_000)
    seen[0]!.n = 2
    await suite.clock.advance(1_000)
    expect(seen).toEqual([{ n: 2 }, { n: 1 }])
  })

  test('init may set one that repeats at each start: it keeps its rhythm, and changes nothing', async () => {
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        init: (_: unknown, ctx: Context) => {
          ctx.remind('tick', { every: 1_000 })
          return noreply()
        },
      },
    })
    await suite.clock.advance(700)
    const { revision } = server.status()
    server.exit('kill')
    await suite.clock.advance(0)
    expect(server.status()).toMatchObject({ worker: 2, revision })
    await suite.clock.advance(300)
    expect(await server.call('read')).toEqual([1_000])
  })

  test.each([
    ['once', [1_000, 4_000, 5_000], 2],
    ['all', [1_000, 2_000, 3_000, 4_000, 5_000], 0],
    ['skip', [1_000, 5_000], 0],
  ] as const)('ticks that were missed come %s', async (missed, dueAt, missedOnce) => {
    const hold = latch()
    const told: unknown[] = []
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        cast: { stall: () => hold.opened },
        info: { tick: (_: unknown, __: unknown, { reminder }: Context) => void told.push(reminder) },
      },
    })
    await server.call('remind', { name: 'tick', when: { every: 1_000, missed } })
    await suite.clock.advance(1_500)
    server.cast('stall')
    await suite.clock.advance(3_000)
    hold.open()
    await suite.clock.advance(1_000)
    expect(told).toEqual(
      dueAt.map(at => ({ name: 'tick', dueAt: at, missed: at === 4_000 ? missedOnce : 0 })),
    )
  })

  test('with skip, a tick that is late by less than a period still comes', async () => {
    const hold = latch()
    const server = await suite.start({
      state: [],
      callbacks: { ...diary, cast: { stall: () => hold.opened } },
    })
    await server.call('remind', { name: 'tick', when: { every: 1_000, missed: 'skip' } })
    server.cast('stall')
    await suite.clock.advance(1_999)
    hold.open()
    await suite.clock.advance(1)
    expect(await server.call('read')).toEqual([1_000, 2_000])
  })

  test('a named server is told after a restart of its process, what was due meanwhile too', async () => {
    const server = await start()
    await server.call('remind', { name: 'tea', when: { after: 1_000 } })
    await server.call('remind', { name: 'tick', when: { every: 10_000 } })
    const engine = await restarted(suite)
    const at = suite.clock.time()
    await suite.clock.advance(25_000 - (at % 10_000))
    const again = await passing(suite.clock, engine.start({ name: 'counter', state: [], callbacks: diary }))
    await drained(again)
    const now = Math.floor(suite.clock.time() / 10_000) * 10_000
    expect(await again.call('read')).toEqual([[undefined, tick(1_000)], now])
    await suite.clock.advance(10_000)
    expect(await again.call('read')).toEqual([[undefined, tick(1_000)], now, now + 10_000])
    await passing(suite.clock, engine.close())
  })

  test('one wakes a keyed server that has left memory, when it is due', async () => {
    const lots = family()
    const told: number[] = []
    lots.for('42').changes$.subscribe(() => told.push(suite.clock.time()))
    await lots.for('42').call('remind', { name: 'tea', when: { after: 5_000 } })
    await suite.clock.advance(4_999)
    expect(lots.resident()).toEqual([])
    await suite.clock.advance(1)
    expect(told).toEqual([5_000])
    await suite.clock.advance(5_000)
    expect(lots.resident()).toEqual([])
    expect(await lots.for('42').call('read')).toEqual([[undefined, tick(5_000)]])
  })

  test('one that repeats wakes it again and again', async () => {
    const lots = family()
    await lots.for('42').call('remind', { name: 'tick', when: { every: 2_000 } })
    await suite.clock.advance(7_000)
    expect(suite.past('passivated')).toHaveLength(4)
    expect(await lots.for('42').call('read')).toEqual([2_000, 4_000, 6_000])
  })

  test('one that is forgotten wakes nobody', async () => {
    const lots = family()
    await lots.for('42').call('remind', { name: 'tea', when: { after: 5_000 } })
    await suite.clock.advance(1_000)
    await lots.for('42').call('forget', 'tea')
    await suite.clock.advance(60_000)
    expect(suite.past('started')).toHaveLength(2)
    expect(await suite.store.keeper.due?.(Infinity, 10)).toEqual([])
  })

  test('forget of a server, and a start from nothing, forget its reminders', async () => {
    const lots = family()
    await lots.for('42').call('remind', { name: 'tea', when: { after: 5_000 } })
    await lots.forget('42')
    const server = await start()
    await server.call('remind', { name: 'tea', when: { after: 5_000 } })
    await server.stop()
    await suite.engine.start('counter', { reset: true })
    await suite.clock.advance(60_000)
    expect([await lots.for('42').call('read'), await server.call('read')]).toEqual([[], []])
    expect(await suite.store.keeper.due?.(Infinity, 10)).toEqual([])
  })

  test('after a restart of the process the store is asked who is due', async () => {
    const lots = family()
    await Promise.all(
      ['a', 'b', 'c'].map(key => lots.for(key).call('remind', { name: 'tea', when: { at: 1_000_000 } })),
    )
    const engine = await restarted(suite)
    const again = family(engine)
    await suite.clock.advance(1_002_500 - suite.clock.time())
    expect(again.resident()).toEqual([])
    const told = await Promise.all(['a', 'b', 'c'].map(key => again.for(key).call('read')))
    expect(told).toEqual(Array(3).fill([[undefined, tick(1_000_000)]]))
    await passing(suite.clock, engine.close())
  })

  test('one that was loaded and left memory again is woken when it is due', async () => {
    await family()
      .for('a')
      .call('remind', { name: 'tea', when: { at: 1_000_000 } })
    const engine = await restarted(suite)
    const again = family(engine)
    await again.for('a').call('read')
    const told: number[] = []
    again.for('a').changes$.subscribe(() => told.push(suite.clock.time()))
    await suite.clock.advance(1_002_500 - suite.clock.time())
    expect(told).toEqual([1_000_000])
    await passing(suite.clock, engine.close())
  })

  test('those that nobody here can wake stand in nobody’s way', async () => {
    const strange = family(suite.engine, { name: 'strange' })
    await strange.for('x').call('remind', { name: 'tea', when: { at: 500_000 } })
    await family()
      .for('a')
      .call('remind', { name: 'tea', when: { at: 1_000_000 } })
    const engine = await restarted(suite)
    const again = family(engine)
    await suite.clock.advance(1_002_500 - suite.clock.time())
    expect(await suite.store.keeper.due?.(Infinity, 10)).toEqual([
      { server: { name: 'strange', key: 'x' }, at: 500_000 },
    ])
    expect(await again.for('a').call('read')).toHaveLength(1)
    await passing(suite.clock, engine.close())
  })

  test('no more are in memory than may be', async () => {
    let most = 0
    const lots: Family = family(suite.engine, { maxResident: 3 })
    suite.engine.events$.subscribe(() => (most = Math.max(most, lots.resident().length)))
    const keys = Array.from({ length: 12 }, (_, index) => `k${index}`)
    for (const key of keys) await lots.for(key).call('remind', { name: 'tea', when: { at: 5_000 } })
    await suite.clock.advance(30_000)
    expect(most).toBeLessThanOrEqual(3)
    for (const key of keys) expect(await lots.for(key).call('read')).toEqual([[undefined, tick(5_000)]])
  })

  test('a keyed server that goes down by its reminder is not woken until a message brings it back', async () => {
    let isPoison = true
    const lots = family(suite.engine, {
      maxRestarts: 2,
      callbacks: {
        ...diary,
        info: {
          tea: (told: unknown[]) => {
            if (isPoison) throw new Error('poison')
            told.push('tea')
          },
        },
      },
    })
    await lots.for('42').call('remind', { name: 'tea', when: { after: 5_000 } })
    await suite.clock.advance(60_000)
    expect(suite.past('crashed')).toHaveLength(3)
    isPoison = false
    expect(await lots.for('42').call('read')).toEqual([])
    await suite.clock.advance(0)
    expect(await lots.for('42').call('read')).toEqual(['tea'])
  })

  test('it is to be seen nowhere', async () => {
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        call: {
          ...diary.call,
          look: async (_: unknown, __: unknown, { tables }: Context) => [
            tables.delete('\0reminders'),
            await tables.open('\0reminders').catch((error: unknown) => (error as { code: string }).code),
          ],
        },
      },
    })
    await server.call('remind', { name: 'tea', when: { after: 50 } })
    expect(await server.call('look')).toEqual([false, 'PEEPER_BAD_OPTION'])
    expect(() => suite.engine.table('counter', '\0reminders')).toThrow(
      expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE', message: expect.stringMatching(/no table/) }),
    )
    await suite.clock.advance(50)
    expect(await server.call('read')).toHaveLength(1)
  })

  test.each<[string, unknown, unknown]>([
    ['no name', '', { after: 1 }],
    ['a name that is none', 7, { after: 1 }],
    ['a long name', 'x'.repeat(256), { after: 1 }],
    ['nothing', 'tea', {}],
    ['null', 'tea', null],
    ['two times', 'tea', { at: 1, after: 1 }],
    ['a bad date', 'tea', { at: new Date(NaN) }],
    ['a time that never comes', 'tea', { at: Infinity }],
    ['a time before', 'tea', { after: -1 }],
    ['no number', 'tea', { after: NaN }],
    ['a period that is no number', 'tea', { every: NaN }],
    ['a time as a text', 'tea', { at: '2030-01-01' }],
    ['a day that is none', 'tea', { at: 8.64e15 + 1 }],
    ['a short period', 'tea', { every: 999 }],
    ['a policy without a period', 'tea', { after: 1, missed: 'once' }],
    ['no such policy', 'tea', { every: 1_000, missed: 'never' }],
    ['a slip of the pen', 'tea', { after: 1, evry: 2 }],
  ])('%s is a bad option', async (_, name, when) => {
    const server = await suite.start({
      callbacks: {
        call: {
          try: (__: unknown, ___: unknown, ctx: Context) => {
            try {
              ctx.remind(name as string, when as RemindWhen)
            } catch (error) {
              return (error as { code: string }).code
            }
            return 'nothing wrong'
          },
        },
      },
    })
    expect(await server.call('try')).toBe('PEEPER_BAD_OPTION')
  })

  test('a payload that is no data crashes its handler; so does one reminder too many', async () => {
    const server = await suite.start({
      callbacks: {
        call: {
          code: (_: unknown, __: unknown, ctx: Context) => ctx.remind('tea', { after: 1 }, () => undefined),
          many: (_: unknown, count: number, ctx: Context) => {
            for (let i = 0; i < count; i += 1) ctx.remind(`tea ${i}`, { at: 1_000_000 })
          },
        },
      },
    })
    await expect(server.call('code')).rejects.toMatchObject({ cause: { code: 'PEEPER_BAD_OUTCOME' } })
    await expect(server.call('many', 10_001)).rejects.toMatchObject({
      cause: { code: 'PEEPER_TOO_MANY_REMINDERS' },
    })
    await server.call('many', 100)
    expect(await suite.store.keeper.due?.(Infinity, 10)).toMatchObject([{ at: 1_000_000 }])
  })

  test.each(['a\0b', '\ud800', '__proto__', 'constructor', '😀'.repeat(120)])(
    'one may have the name %j, and the payload any data',
    async name => {
      const payload = { when: new Date(1), all: new Map([[1, new Set(['x'])]]), no: undefined }
      const server = await suite.start({
        state: [],
        callbacks: {
          ...diary,
          info: {
            '*': (told: unknown[], message: { name: string; payload: unknown }, { reminder }: Context) => {
              told.push([message.name, message.payload, reminder])
            },
          },
        },
      })
      await server.call('remind', { name, when: { after: 1_000 }, payload })
      server.exit('kill')
      await suite.clock.advance(1_000)
      expect(await server.call('read')).toEqual([[name, payload, tick(1_000, 0, name)]])
    },
  )

  test('what one handler sets and forgets counts in its order', async () => {
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        call: {
          ...diary.call,
          both: (_: unknown, __: unknown, ctx: Context) => {
            ctx.remind('tea', { after: 100 }, 'forgotten')
            ctx.forget('tea')
            ctx.forget('tea')
            ctx.remind('tea', { after: 300 }, 'set')
            ctx.remind('tick', { every: 1_000 })
            ctx.forget('tick')
          },
        },
      },
    })
    await server.call('both')
    await suite.clock.advance(10_000)
    expect(await server.call('read')).toEqual([['set', tick(300)]])
  })

  test('a continue may set one; what terminate sets is not set', async () => {
    const server = await suite.start({
      state: [],
      callbacks: {
        ...diary,
        init: () => noreply({ continue: 'next' }),
        continue: {
          next: (_: unknown, __: unknown, ctx: Context) => {
            ctx.remind('tea', { after: 1_000 })
          },
        },
        terminate: (_: unknown, __: unknown, ctx: Context) => {
          ctx.remind('tick', { every: 1_000 })
          ctx.forget('tea')
        },
      },
    })
    await drained(server)
    await server.stop()
    await suite.engine.start('counter')
    await suite.clock.advance(5_000)
    expect(await server.call('read')).toEqual([[undefined, tick(expect.any(Number) as unknown as number)]])
  })

  test('a server that writes behind is told, too, and of what is lost nothing is set', async () => {
    const server = await suite.start({ state: [], callbacks: diary, durability: 'write-behind' })
    await server.call('remind', { name: 'tea', when: { after: 1_000 } })
    await drained(server)
    const release = suite.store.hold()
    suite.store.failNext(new Error('disk full'), { stored: false })
    await server.call('remind', { name: 'tick', when: { every: 1_000 } }) // answered, and lost
    release()
    await suite.clock.advance(5_000)
    expect(await server.call('read')).toEqual([[undefined, tick(1_000)]])
  })

  test('two thousand at one time come, each once', async () => {
    const server = await suite.start({
      state: 0,
      callbacks: {
        call: {
          many: (_: unknown, __: unknown, ctx: Context) => {
            for (let i = 0; i < 2_000; i += 1) ctx.remind(`tea ${i}`, { after: 1_000 })
          },
          read: (n: number) => n,
        },
        info: { '*': (n: number) => noreply({ state: n + 1 }) },
      },
    })
    await server.call('many', undefined, { timeout: Infinity })
    await suite.clock.advance(1_000)
    expect(await server.call('read', undefined, { timeout: Infinity })).toBe(2_000)
    expect(await suite.store.keeper.due?.(Infinity, 10)).toEqual([])
  })

  test('once its handler has ended nothing is set', async () => {
    const [ended, thrown] = [latch(), latch<unknown>()]
    const server = await suite.start({
      callbacks: {
        cast: {
          go: (_: unknown, __: unknown, ctx: Context) => {
            void ended.opened
              .then(() => {
                ctx.remind('tea', { after: 1 })
              })
              .catch(thrown.open)
          },
        },
      },
    })
    server.cast('go')
    await drained(server)
    ended.open()
    expect(await thrown.opened).toMatchObject({ code: 'PEEPER_REMINDER_NOT_KEPT' })
  })
})

describe.each(combinations)('reminders of two engines on one store ($name)', combination => {
  const suite = conformance(combination, { reminders: { poll: 1_000 } })

  test('each tick happens once, whoever tells it', async () => {
    const lotsOf = (engine: Engine): Family =>
      engine.family({ name: 'lot', state: [], callbacks: diary, idle: 100 })
    const other = suite.another()
    const [here, there] = [lotsOf(suite.engine), lotsOf(other)]
    const keys = ['a', 'b', 'c', 'd']
    for (const key of keys)
      await here.for(key).call('remind', { name: 'tick', when: { every: 3_000, missed: 'all' } })
    await suite.clock.advance(10_000)
    // Now both have them in memory, with the same timer.
    for (const lots of [here, there]) for (const key of keys) await lots.for(key).call('read')
    await suite.clock.advance(20_000)
    await passing(suite.clock, other.close())
    const dueAt = Array.from({ length: 10 }, (_, index) => 3_000 * (index + 1))
    for (const key of keys) {
      const stored = await suite.store.keeper.load({ name: 'lot', key })
      expect(new Set(stored?.state as number[]).size).toBe((stored?.state as number[]).length)
      expect(stored?.state).toEqual(dueAt)
    }
  })

  test('a lost race costs its engine nothing: no restart, no time, no letter', async () => {
    const other = suite.another()
    const events: PeeperEvent[] = []
    other.events$.subscribe(event => events.push(event))
    const options = { name: 'lot', state: [], callbacks: diary, idle: Infinity, maxRestarts: 3 }
    const both = [suite.engine.family(options).for('a'), other.family(options).for('a')]
    await both[0]!.call('remind', { name: 'tick', when: { every: 1_000, missed: 'all' } })
    for (const one of both) await one.call('read')
    await suite.clock.advance(20_000)
    const lost = [...suite.past('crashed'), ...events.filter(({ type }) => type === 'crashed')]
    expect(lost).toHaveLength(20)
    for (const each of lost) expect(each).toMatchObject({ message: "info 'tick'", toldElsewhere: true })
    const now = suite.clock.time()
    for (const one of both) {
      expect(one.status()).toMatchObject({ status: 'running', restartsLeft: 3 })
      expect(await one.call('read')).toEqual(Array.from({ length: 20 }, (_, index) => 1_000 * (index + 1)))
    }
    expect(suite.clock.time()).toBe(now)
    expect(suite.letters).toEqual([])
    expect([...suite.past('error'), ...suite.past('store-lost')]).toEqual([])
    await passing(suite.clock, other.close())
  })

  test('a reminder that is the first there ever is, of a process that died, is found within a minute', async () => {
    suite.engine.family({ name: 'lot', state: [], callbacks: diary })
    await suite.clock.advance(10_000_000)
    const gone = new Engine({ clock: simulatedClock({ since: 10_000_000 }), keeper: suite.store.keeper })
    await gone
      .family({ name: 'lot', state: [], callbacks: diary })
      .for('a')
      .call('remind', { name: 'tea', when: { after: 10 } })
    await suite.clock.advance(62_000)
    const stored = await suite.store.keeper.load({ name: 'lot', key: 'a' })
    expect(stored?.state).toEqual([[undefined, tick(10_000_010)]])
  })

  test('one whose owner is gone is told by the other', async () => {
    const lotsOf = (engine: Engine): Family => engine.family({ name: 'lot', state: [], callbacks: diary })
    const gone = new Engine({ clock: simulatedClock(), keeper: suite.store.keeper }) // its time stands still
    const lots = lotsOf(suite.engine)
    await lotsOf(gone)
      .for('a')
      .call('remind', { name: 'tea', when: { after: 5_000 } })
    await suite.clock.advance(4_000)
    expect(lots.resident()).toEqual([])
    await suite.clock.advance(4_000)
    const stored = await suite.store.keeper.load({ name: 'lot', key: 'a' })
    expect(stored?.state).toEqual([[undefined, tick(5_000)]])
  })
})
