import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  Engine,
  noreply,
  reply,
  type Callbacks,
  type Context,
  type From,
  type Server,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { FlakyKeeper } from '../support/flaky-keeper.js'
import { latch, turns, type Latch } from '../support/latch.js'
import { settled } from '../support/settled.js'

let clock: SimulatedClock
let engine: Engine
let hold: Latch
let overdue: Latch

beforeEach(() => {
  clock = simulatedClock()
  engine = new Engine({ clock })
  hold = latch()
  overdue = latch()
})

afterEach(() => engine.close(0))

/** Each can call any other: a message names the way, and each hands on the rest of it. */
const callbacks: Callbacks = {
  call: {
    ping: () => 'pong',
    pass: async (_: unknown, [next, ...rest]: string[]): Promise<unknown> =>
      next === undefined ? 'done' : engine.call(next, 'pass', rest, { timeout: Infinity }),
    held: async (_: unknown, way: string[]) => {
      await hold.opened
      return engine.call(way[0] as string, 'pass', way.slice(1))
    },
    tell: async (_: unknown, to: string) => {
      engine.cast(to, 'back', 'a')
      await hold.opened
      return 'told'
    },
    stray: async (_: unknown, to: string) => {
      await turns()
      later = hold.opened.then(() => engine.call(to, 'ping'))
    },
    self: async (_: unknown, __: unknown, ctx: Context) => ctx.self.call('ping'),
    caught: async (_: unknown, to: string) => {
      await settled(engine.call(to, 'ping'))
      return 'went on'
    },
    strayOfSelf: (_: unknown, __: unknown, ctx: Context) => {
      const { self } = ctx
      later = hold.opened.then(() => self.call('ping'))
    },
    after: (_: unknown, to: string, ctx: Context) => {
      ctx.afterCommit(() => (later = engine.call(to, 'ping')))
      ctx.sendAfter(10, 'tick', to === 'a' ? 'b' : to)
    },
    timedOut: async (_: unknown, to: string) => {
      await settled(engine.call(to, 'backLater', 'a', { timeout: 10 }))
      await hold.opened
      return 'went on'
    },
    backLater: async (_: unknown, to: string) => {
      await overdue.opened
      later = engine.call(to, 'ping')
      await later
    },
    put: (_: unknown, __: unknown, { from }: Context) => noreply({ state: { from } }),
  },
  cast: {
    back: async (_: unknown, to: string) => {
      later = engine.call(to, 'ping')
      await later
    },
    answer: ({ from }: { from: From }, __: unknown, ctx: Context) => {
      ctx.reply(from, 'late')
    },
    passCast: async (_: unknown, way: string[]) => {
      later = engine.call(way[0] as string, 'pass', way.slice(1))
      await later.catch(() => undefined)
    },
  },
  info: {
    tick: (_: unknown, to: string) => {
      later = engine.call(to, 'ping')
    },
  },
}

let later: Promise<unknown>

const start = (...names: string[]): Promise<Server[]> =>
  Promise.all(names.map(name => engine.start({ name, reaches: true, callbacks })))

describe('a call that closes a cycle fails at once, and names it', () => {
  test.each([
    [
      ['a', 'a'],
      ['a', 'a'],
    ],
    [
      ['a', 'b', 'a'],
      ['a', 'b', 'a'],
    ],
    [
      ['a', 'b', 'c', 'a'],
      ['a', 'b', 'c', 'a'],
    ],
    [
      ['a', 'b', 'c', 'b'],
      ['b', 'c', 'b'],
    ],
  ])('of one message that goes %j', async ([first, ...rest], path) => {
    await start('a', 'b', 'c')
    const closer = path.at(-2) as string
    expect(await settled(engine.call(first as string, 'pass', rest))).toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
    })
    await clock.advance(0)
    // Whoever closed it crashed with the error itself, for nobody caught it.
    const crashed = (engine.whereis(closer) as Server).status().worker
    expect(crashed).toBe(2)
  })

  test('with the path from the caller back to it', async () => {
    await start('a', 'b', 'c')
    const seen: unknown[] = []
    engine.events$.subscribe(event => {
      if (event.type === 'crashed') seen.push(event)
    })
    await settled(engine.call('a', 'pass', ['b', 'c', 'a']))
    expect(seen[0]).toMatchObject({
      server: 'c',
      reason: { code: 'PEEPER_CALL_CYCLE', path: ['c', 'a', 'b', 'c'] },
    })
  })

  test('of two unrelated messages', async () => {
    await start('a', 'b')
    const one = settled(engine.call('a', 'held', ['b']))
    const two = settled(engine.call('b', 'held', ['a']))
    hold.open()
    const [, second] = await Promise.all([one, two])
    expect(second).toMatchObject({ reason: { code: 'PEEPER_CALL_CYCLE', path: ['b', 'a', 'b'] } })
  })

  test('of a cast that goes round', async () => {
    await start('a', 'b')
    engine.cast('a', 'passCast', ['b', 'a'])
    await turns(20)
    expect(await settled(later)).toMatchObject({
      reason: { code: 'PEEPER_CALL_CYCLE', path: ['b', 'a', 'b'] },
    })
  })

  test('to oneself through ctx.self, of a server that reaches nobody', async () => {
    const server = await engine.start({ name: 'alone', callbacks })
    expect(await settled(server.call('self'))).toMatchObject({
      reason: {
        code: 'PEEPER_CALL_CYCLE',
        path: ['alone', 'alone'],
        message: expect.stringContaining('alone → alone'),
      },
    })
  })

  test('of an init that waits for an answer', async () => {
    const asked: unknown[] = []
    const back = async (_: unknown, to: string): Promise<unknown> =>
      settled(engine.call(to, 'ping', undefined, { timeout: Infinity }))
    const init = async (): Promise<void> => void asked.push(await engine.call('other', 'back', 'a'))
    await engine.start({ name: 'other', reaches: true, callbacks: { call: { back } } })
    const server = await engine.start({ name: 'a', reaches: true, callbacks: { ...callbacks, init } })
    server.exit('kill')
    expect(await server.call('ping')).toBe('pong')
    const cycle = { code: 'PEEPER_CALL_CYCLE', error: { path: ['other', 'a', 'other'] } }
    expect(asked).toMatchObject([cycle, cycle])
  })

  test('and the handler that made it may go on', async () => {
    await start('a')
    expect(await engine.call('a', 'caught', 'a')).toBe('went on')
  })

  test('while a deferred answer is waited for', async () => {
    await start('a', 'b')
    const put = async () => engine.call('a', 'put', undefined, { timeout: Infinity })
    await engine.start({ name: 'c', reaches: true, callbacks: { call: { put, pass: () => 'done' } } })
    const waiting = settled(engine.call('c', 'put'))
    await turns(5)
    expect(await settled(engine.call('a', 'pass', ['c']))).toMatchObject({
      reason: { code: 'PEEPER_CALL_CYCLE', path: ['a', 'c', 'a'] },
    })
    await waiting
  })
})

describe('no cycle, and no error', () => {
  test('a way without a return, also twice to the same server', async () => {
    await start('a', 'b', 'c')
    expect(await engine.call('a', 'pass', ['b', 'c'])).toBe('done')
    expect(await Promise.all([engine.call('a', 'pass', ['c']), engine.call('b', 'pass', ['c'])])).toEqual([
      'done',
      'done',
    ])
  })

  test('a cast does not wait: who was told by it may call back', async () => {
    await start('a', 'b')
    const told = engine.call('a', 'tell', 'b')
    await turns(5)
    hold.open()
    expect([await told, await later]).toEqual(['told', 'pong'])
  })

  test('stray work of a handler that has finished', async () => {
    await start('a')
    await engine.call('a', 'stray', 'a')
    await engine.call('a', 'strayOfSelf').then(() => undefined)
    hold.open()
    expect(await later).toBe('pong')
  })

  test('what was asked for after the commit, also in the context of a caller, and a timer of it', async () => {
    await start('a', 'b')
    await engine.call('a', 'after', 'a')
    expect(await later).toBe('pong')
    const go = async (): Promise<string> => {
      await engine.call('b', 'after', 'c')
      await hold.opened
      return 'gone'
    }
    await engine.start({ name: 'c', reaches: true, callbacks: { call: { ping: () => 'pong', go } } })
    const going = engine.call('c', 'go')
    await turns(10)
    const afterCommit = later
    await clock.advance(10)
    hold.open()
    expect([await going, await afterCommit, await later]).toEqual(['gone', 'pong', 'pong'])
  })

  test('a call that has timed out', async () => {
    await start('a', 'b')
    const waiting = engine.call('a', 'timedOut', 'b')
    await turns(5)
    await clock.advance(10)
    overdue.open()
    await turns(5)
    hold.open()
    expect([await waiting, await later]).toEqual(['went on', 'pong'])
  })

  test('a handler that was killed while it waited', async () => {
    await start('a', 'b')
    const waiting = settled(engine.call('a', 'held', ['b']))
    await turns(5)
    engine.whereis('a')?.exit('kill')
    await waiting
    await clock.advance(0)
    hold.open()
    expect(await engine.call('b', 'pass', ['a'])).toBe('done')
  })

  test('an answer that waits only for its keeper', async () => {
    const keeper = new FlakyKeeper([{ turns: 10, fate: 'fine', first: false }])
    const ask = async (): Promise<unknown> => engine.call('slow', 'change')
    const back = async (): Promise<unknown> => engine.call('asking', 'ping')
    await engine.start({ name: 'asking', reaches: true, callbacks: { call: { ask, ping: () => 'pong' } } })
    await engine.start({
      name: 'slow',
      reaches: true,
      keeper,
      state: 0,
      callbacks: { call: { change: () => reply('changed', { state: 1 }), back } },
    })
    keeper.trouble()
    const asked = engine.call('asking', 'ask')
    await turns(10)
    expect((engine.whereis('slow') as Server).status()).toMatchObject({ queued: 0, revision: 1 }) // it ran, and is not kept
    expect(await engine.call('slow', 'back')).toBe('pong')
    expect(await asked).toBe('changed')
  })
})

test('nothing of it is there where no server reaches another', async () => {
  const { run } = AsyncLocalStorage.prototype
  let runs = 0
  AsyncLocalStorage.prototype.run = function (this: AsyncLocalStorage<unknown>, ...args: never[]) {
    runs += 1
    return Reflect.apply(run, this, args) as never
  }
  try {
    const server = await engine.start({ name: 'plain', callbacks })
    await server.call('ping')
    expect(runs).toBe(0)
    await start('a')
    await engine.call('a', 'ping')
    expect(runs).toBeGreaterThan(0)
  } finally {
    AsyncLocalStorage.prototype.run = run
  }
})
