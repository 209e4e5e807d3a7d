import { describe, expect, test } from '@jest/globals'
import {
  type Engine,
  noreply,
  refuse,
  stop,
  type Callbacks,
  type Context,
  type Family,
  type From,
  type Server,
} from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { combinations } from './combinations.js'
import { conformance, type Conformance } from './fixture.js'

interface Till {
  paid: number
  from?: From | undefined
}

const till: Callbacks = {
  call: {
    pay: (state: Till, amount: number) => (state.paid += amount),
    payAll: (state: Till, { amounts }: { amounts: number[] }) => ({
      paid: (state.paid += amounts.reduce((sum, each) => sum + each, 0)),
    }),
    again: (state: Till, amount: number) => (state.paid += amount),
    read: (state: Till) => state.paid,
    refused: (state: Till, amount: number) => {
      state.paid += amount
      return refuse(new Error('no money'))
    },
    crash: (state: Till) => {
      state.paid += 1
      throw new Error('on the floor')
    },
    order: (state: Till, amount: number, { from }: Context) => {
      state.paid += amount
      state.from = from
      return noreply<string>()
    },
    lastly: (state: Till, amount: number) => {
      state.paid += amount
      return stop({ shutdown: 'done' }, { reply: 'bye' })
    },
  },
  cast: {
    serve: (state: Till, value: unknown, ctx: Context) => {
      ctx.reply(state.from!, value)
    },
  },
}

const id = 'r1'

const restarted = async (suite: Conformance): Promise<Engine> => {
  await passing(suite.clock, suite.engine.close())
  return suite.another()
}

describe.each(combinations)('repeated requests ($name)', combination => {
  const suite = conformance(combination)
  const start = (options = {}): Promise<Server> =>
    suite.start({ state: { paid: 0 }, callbacks: till, ...options })

  test('a repeated request gets the first one’s reply, and runs nothing', async () => {
    const server = await start()
    expect(await server.call('pay', 5, { id })).toBe(5)
    await server.call('pay', 1)
    expect(await server.call('pay', 5, { id })).toBe(5)
    expect(await server.call('read')).toBe(6)
  })

  test('an id counts for one message, and for one server', async () => {
    const server = await start()
    const other = await start({ name: 'other' })
    await server.call('pay', 5, { id })
    expect(await server.call('again', 5, { id })).toBe(10)
    expect(await other.call('pay', 5, { id })).toBe(5)
  })

  test('those that are sent at once happen once', async () => {
    const server = await start()
    const replies = await Promise.all(Array.from({ length: 100 }, () => server.call('pay', 5, { id })))
    expect(replies).toEqual(Array(100).fill(5))
    expect(await server.call('read')).toBe(5)
  })

  test('if the first of them crashes, the next one runs', async () => {
    let crashes = 1
    const server = await start({
      callbacks: {
        call: {
          ...till.call,
          pay: (state: Till, amount: number) => {
            state.paid += amount
            if (crashes-- > 0) throw new Error('on the floor')
            return state.paid
          },
        },
      },
    })
    const [first, ...others] = await Promise.allSettled([1, 2, 3].map(() => server.call('pay', 5, { id })))
    expect(first).toMatchObject({ reason: { code: 'PEEPER_SERVER_EXITED' } })
    expect(others).toEqual(Array(2).fill({ status: 'fulfilled', value: 5 }))
    expect(await server.call('read')).toBe(5)
  })

  test('an id has up to 255 characters, of any kind', async () => {
    const server = await start()
    const ids = ['x'.repeat(255), 'a\0b', '\ud800', '\udc00', '__proto__', '["pay","r1"]']
    for (const [index, each] of ids.entries())
      expect(await server.call('pay', 1, { id: each })).toBe(index + 1)
    server.exit('kill')
    for (const [index, each] of ids.entries())
      expect(await server.call('pay', 1, { id: each })).toBe(index + 1)
    expect(await server.call('read')).toBe(ids.length)
  })

  test('a server that writes behind remembers as much as it keeps', async () => {
    const server = await start({ durability: 'write-behind' })
    expect(await server.call('pay', 5, { id })).toBe(5)
    expect(await server.call('pay', 5, { id })).toBe(5)
    await drained(server)
    const release = suite.store.hold()
    suite.store.failNext(new Error('disk full'), { stored: false })
    expect(await server.call('pay', 1, { id: 'lost' })).toBe(6)
    release()
    await suite.clock.advance(10_000)
    expect(await server.call('read')).toBe(5)
    expect(await server.call('pay', 1, { id: 'lost' })).toBe(6)
    expect(await server.call('pay', 5, { id })).toBe(5)
  })

  test('with another payload it is refused, and does not run', async () => {
    const server = await start()
    await server.call('pay', 5, { id })
    await expect(server.call('pay', 6, { id })).rejects.toMatchObject({ code: 'PEEPER_REQUEST_MISMATCH' })
    expect(await server.call('read')).toBe(5)
    expect(server.status().worker).toBe(1)
  })

  test('the order of fields, of entries and of members says nothing', async () => {
    const server = await start({ callbacks: { call: { take: () => 'taken' } } })
    const one = { a: 1, b: { c: new Date(1), d: undefined }, m: new Map([[1, 'x'], [2, 'y']]), s: new Set([1, 2]) } // prettier-ignore
    const two = { s: new Set([2, 1]), m: new Map([[2, 'y'], [1, 'x']]), b: { d: undefined, c: new Date(1) }, a: 1 } // prettier-ignore
    await server.call('take', one, { id })
    expect(await server.call('take', two, { id })).toBe('taken')
    for (const other of [
      { ...one, a: '1' },
      { ...one, s: new Set([1]) },
      { ...one, b: { c: new Date(2) } },
    ])
      await expect(server.call('take', other, { id })).rejects.toMatchObject({
        code: 'PEEPER_REQUEST_MISMATCH',
      })
  })

  test('a reply is each caller’s own', async () => {
    const server = await start()
    const call = () => server.call('payAll', { amounts: [1, 2] }, { id }) as Promise<{ paid: number }>
    const first = await call()
    first.paid = 100
    const second = await call()
    expect(second).toEqual({ paid: 3 })
    second.paid = 200
    expect(await call()).toEqual({ paid: 3 })
  })

  test('what was refused or crashed is not remembered: nothing of it happened', async () => {
    const server = await start()
    for (let time = 0; time < 2; time += 1) {
      await expect(server.call('refused', 5, { id })).rejects.toThrow('no money')
      await expect(server.call('crash', undefined, { id })).rejects.toMatchObject({
        code: 'PEEPER_SERVER_EXITED',
      })
    }
    expect(await server.call('read')).toBe(0)
    expect(suite.past('crashed')).toHaveLength(2)
  })

  test.each([true, false])('after “it may have happened” it is done once (stored: %p)', async stored => {
    const server = await start()
    suite.store.failNext(new Error('disk full'), { stored })
    await expect(server.call('pay', 5, { id })).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    expect(await server.call('pay', 5, { id })).toBe(5)
    expect(await server.call('read')).toBe(5)
  })

  test('a reply waits for what it saw to be kept', async () => {
    const server = await start()
    const release = suite.store.hold()
    const replies: unknown[] = []
    const first = server.call('pay', 5, { id }).then(reply => replies.push(reply))
    const again = server.call('pay', 5, { id }).then(reply => replies.push(reply))
    await suite.clock.advance(0)
    expect(replies).toEqual([])
    release()
    await Promise.all([first, again])
    expect(replies).toEqual([5, 5])
  })

  test('it is remembered after a crash of the worker, a stop, and a restart of the process', async () => {
    const server = await start()
    await server.call('pay', 5, { id })
    server.exit('kill')
    expect(await server.call('pay', 5, { id })).toBe(5)
    await server.stop()
    await suite.engine.start('counter')
    expect(await server.call('pay', 5, { id })).toBe(5)
    const engine = await restarted(suite)
    const again = await passing(
      suite.clock,
      engine.start({ name: 'counter', state: { paid: 0 }, callbacks: till }),
    )
    expect(await again.call('pay', 5, { id })).toBe(5)
    await expect(again.call('pay', 6, { id })).rejects.toMatchObject({ code: 'PEEPER_REQUEST_MISMATCH' })
    expect(await again.call('read')).toBe(5)
    await passing(suite.clock, engine.close())
  })

  test('a keyed server remembers, in memory or not, until it is forgotten', async () => {
    const lots: Family = suite.engine.family({
      name: 'lot',
      state: { paid: 0 },
      callbacks: till,
      idle: 100,
    })
    expect(await lots.for('a').call('pay', 5, { id })).toBe(5)
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
    expect(await lots.for('a').call('pay', 5, { id })).toBe(5)
    expect(await lots.for('b').call('pay', 6, { id })).toBe(6)
    await lots.forget('a')
    expect(await lots.for('a').call('pay', 7, { id })).toBe(7)
  })

  test('a start from nothing has forgotten them', async () => {
    const server = await start()
    await server.call('pay', 5, { id })
    await server.stop()
    await suite.engine.start('counter', { reset: true })
    expect(await server.call('pay', 7, { id })).toBe(7)
  })

  test('a handler that only reads is remembered too: that is a change, of which no listener is told', async () => {
    const told: unknown[] = []
    const server = await start({ listener: { onStateChanged: (...args: unknown[]) => told.push(args) } })
    expect(await server.call('read', undefined, { id })).toBe(0)
    expect(server.status().revision).toBe(2)
    await server.call('pay', 5)
    expect(await server.call('read', undefined, { id })).toBe(0)
    expect(told).toHaveLength(1)
    expect(server.status().revision).toBe(3)
  })

  test('a stop with a reply is remembered', async () => {
    const server = await start()
    expect(await server.call('lastly', 5, { id })).toBe('bye')
    expect(await server.call('lastly', 5, { id })).toBe('bye')
    expect(await server.call('read')).toBe(5)
    expect(server.status().worker).toBe(2)
  })

  test('the oldest give way to new ones', async () => {
    const server = await start({ requests: { max: 2 } })
    for (const each of ['a', 'b', 'c']) await server.call('pay', 1, { id: each })
    expect(await server.call('pay', 1, { id: 'c' })).toBe(3)
    expect(await server.call('pay', 1, { id: 'b' })).toBe(2)
    expect(await server.call('pay', 1, { id: 'a' })).toBe(4)
    expect(await server.call('pay', 1, { id: 'b' })).toBe(5)
    const kept = await suite.store.keeper.load({ name: 'counter' })
    const entries: unknown[] = []
    for await (const entry of kept?.tables?.[0]?.entries ?? []) entries.push(entry)
    expect(entries).toHaveLength(2)
  })

  test('after their time they are forgotten', async () => {
    const server = await start({ requests: { maxAge: 1_000 } })
    await server.call('pay', 1, { id })
    await suite.clock.advance(999)
    expect(await server.call('pay', 1, { id })).toBe(1)
    await suite.clock.advance(1)
    expect(await server.call('pay', 1, { id })).toBe(2)
  })

  test('one that is answered later is repeated by waiting for that answer', async () => {
    const server = await start()
    const waiting = [server.call('order', 5, { id }), server.call('order', 5, { id })]
    await drained(server)
    server.cast('serve', { tea: 1 })
    expect(await Promise.all(waiting)).toEqual([{ tea: 1 }, { tea: 1 }])
    expect(await server.call('order', 5, { id })).toEqual({ tea: 1 })
    expect(await server.call('read')).toBe(5)
  })

  test('… also after a restart: who asks again waits for the answer that is owed', async () => {
    const server = await start()
    const first = expect(server.call('order', 5, { id })).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
    })
    await drained(server)
    server.exit('kill')
    await first
    const again = server.call('order', 5, { id })
    await expect(server.call('order', 6, { id })).rejects.toMatchObject({ code: 'PEEPER_REQUEST_MISMATCH' })
    server.cast('serve', 'tea')
    expect(await again).toBe('tea')
    server.exit('kill')
    expect(await server.call('order', 5, { id })).toBe('tea')
    expect(await server.call('read')).toBe(5)
  })

  test('… and answered from elsewhere: the answer is kept before it is given', async () => {
    const server = await start()
    const other = await start({
      name: 'other',
      callbacks: {
        cast: {
          serve: (_: unknown, from: From, ctx: Context) => {
            ctx.reply(from, 'from elsewhere')
          },
        },
      },
    })
    const waiting = server.call('order', 5, { id })
    await drained(server)
    const { from } = server.status().state as { from: From }
    other.cast('serve', from)
    expect(await waiting).toBe('from elsewhere')
    server.exit('kill')
    expect(await server.call('order', 5, { id })).toBe('from elsewhere')
  })

  test('… by its own handler, or by work that goes on after it', async () => {
    const later = latch()
    const server = await start({
      callbacks: {
        call: {
          early: (_: unknown, __: unknown, ctx: Context) => {
            ctx.reply(ctx.from!, 'early')
            return noreply()
          },
          late: (_: unknown, __: unknown, ctx: Context) => {
            const { from } = ctx
            void later.opened.then(() => ctx.reply(from!, 'late'))
            return noreply()
          },
        },
      },
    })
    expect(await server.call('early', undefined, { id })).toBe('early')
    const late = [server.call('late', undefined, { id }), server.call('late', undefined, { id })]
    await drained(server)
    later.open()
    expect(await Promise.all(late)).toEqual(['late', 'late'])
    server.exit('kill')
    expect(await server.call('early', undefined, { id })).toBe('early')
    expect(await server.call('late', undefined, { id })).toBe('late')
  })

  test('an answer that its commit lost is not given; who asks again waits on', async () => {
    const server = await start()
    const first = expect(server.call('order', 5, { id })).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
    })
    await drained(server)
    suite.store.failNext(new Error('disk full'), { stored: false })
    server.cast('serve', 'lost')
    await first
    const again = server.call('order', 5, { id })
    server.cast('serve', 'tea')
    expect(await again).toBe('tea')
  })

  test('what is remembered is to be seen nowhere', async () => {
    const server = await start()
    await server.call('pay', 5, { id })
    expect(server.status().state).toEqual({ paid: 5 })
    expect(() => suite.engine.table('counter', '\0requests')).toThrow(
      expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE', message: expect.stringMatching(/no table/) }),
    )
  })

  test.each([[''], [7], ['x'.repeat(256)], [null]])('the id %p is a bad option', async bad => {
    const server = await start()
    await expect(server.call('pay', 5, { id: bad as string })).rejects.toMatchObject({
      code: 'PEEPER_BAD_OPTION',
    })
    expect(await server.call('read')).toBe(0)
  })

  test.each([{ max: 0 }, { max: 1.5 }, { maxAge: 0 }, { maxAge: 'day' }])(
    'requests: %p is a bad option',
    requests => {
      const declare = () =>
        suite.engine.declare({ name: 'bad', callbacks: till, requests: requests as object })
      expect(declare).toThrow(expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }))
    },
  )
})
