import { describe, expect, test } from '@jest/globals'
import {
  noreply,
  stop,
  type Callbacks,
  type Context,
  type Down,
  type ExitReason,
  type MonitorRef,
  type Server,
} from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  news: unknown[]
  refs: MonitorRef[]
}

/** Notes every DOWN and EXIT; monitors and links as it is told. */
const callbacks: Callbacks = {
  call: {
    news: ({ news }: State) => news,
    end: (_: State, reason: ExitReason) => stop(reason, { reply: 'bye' }),
    boom: () => {
      throw new Error('boom')
    },
    monitor: ({ refs }: State, name: string, ctx: Context) => void refs.push(ctx.monitor(name)),
    demonitor: ({ refs }: State, _: unknown, ctx: Context) => {
      for (const ref of refs) ctx.demonitor(ref)
    },
    link: (_: State, name: string, ctx: Context) => {
      ctx.link(name)
    },
    unlink: (_: State, name: string, ctx: Context) => {
      ctx.unlink(name)
    },
    linkAndCrash: (_: State, name: string, ctx: Context) => {
      ctx.link(name)
      ctx.monitor(name)
      throw new Error('half-way')
    },
  },
  info: {
    DOWN: ({ news }: State, down: unknown) => void news.push(down),
    EXIT: ({ news }: State, exit: unknown) => void news.push(exit),
  },
}

describe.each(combinations)('monitors and links ($name)', combination => {
  const suite = conformance(combination)

  const begin = (name: string, more: { trapExit?: boolean; callbacks?: Callbacks } = {}): Promise<Server> =>
    suite.start({ name, state: { news: [], refs: [] }, callbacks, ...more })

  const two = (): Promise<[Server, Server]> => Promise.all([begin('one'), begin('two')])

  const newsOf = async (server: Server): Promise<unknown[]> => {
    await suite.clock.advance(0)
    return (await server.call('news')) as unknown[]
  }

  const boom = async (server: Server): Promise<void> => {
    await expect(server.call('boom')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    await suite.clock.advance(0)
  }

  const workers = (...servers: Server[]): number[] => servers.map(server => server.status().worker)

  describe('engine.monitor', () => {
    test.each<[string, (server: Server) => unknown, unknown]>([
      [
        'a crash',
        server => server.call('boom').catch(() => undefined),
        expect.objectContaining({ message: 'boom' }),
      ],
      ['a stop of its own', server => server.call('end', 'normal'), 'normal'],
      ['an exit', server => server.exit('kill'), 'kill'],
      ['a stop by its client', server => server.stop({ shutdown: 'moved' }), { shutdown: 'moved' }],
      ['the end of the engine', () => suite.engine.close(), 'shutdown'],
    ])('tells of %s once, as a promise and as an Observable', async (_, end, reason) => {
      const server = await begin('one')
      const monitor = suite.engine.monitor(server)
      const seen: Down[] = []
      let completed = false
      monitor.down$.subscribe({ next: down => void seen.push(down), complete: () => (completed = true) })
      await end(server)
      await suite.clock.advance(0)
      const down = { server: 'one', worker: 1, reason }
      expect(await monitor.down).toEqual(down)
      expect([seen, completed]).toEqual([[down], true])
      monitor.down$.subscribe(late => void seen.push(late))
      expect(seen).toEqual([down, down])
    })

    test('passes the very error to outsiders, and waits for the last words', async () => {
      const [error, said] = [new Error('gone'), latch()]
      const server = await begin('one', {
        callbacks: { call: { go: () => stop(error) }, terminate: () => said.opened },
      })
      const monitor = suite.engine.monitor('one')
      let told = false
      void monitor.down.then(() => (told = true))
      await expect(server.call('go')).rejects.toMatchObject({ reason: error })
      expect(told).toBe(false)
      said.open()
      expect((await monitor.down).reason).toEqual(suite.that(error))
    })

    test('of what does not run tells so at once', async () => {
      const server = await begin('one')
      const old = server.worker()
      await boom(server)
      await expect(suite.engine.monitor('nobody').down).resolves.toEqual({
        server: 'nobody',
        worker: 0,
        reason: { shutdown: 'noproc' },
      })
      await expect(suite.engine.monitor(old).down).resolves.toMatchObject({
        worker: 1,
        reason: { shutdown: 'noproc' },
      })
      await server.stop()
      await expect(suite.engine.monitor(server).down).resolves.toMatchObject({
        reason: { shutdown: 'noproc' },
      })
    })

    test('tells nothing once it is cancelled, and a subscriber that throws harms nobody', async () => {
      const server = await begin('one')
      const seen: unknown[] = []
      const [first, second] = [suite.engine.monitor('one'), suite.engine.monitor('one.GenServer')]
      first.down$.subscribe(down => void seen.push(down))
      second.down$.subscribe(() => {
        throw new Error('mine')
      })
      first.cancel()
      await boom(server)
      await second.down
      expect(seen).toEqual([])
      expect(suite.past('error')).toMatchObject([
        { where: 'subscriber of down$', error: { message: 'mine' } },
      ])
    })
  })

  describe('ctx.monitor', () => {
    test('delivers DOWN once, with the reason as data; the next life is not monitored', async () => {
      const [one, two_] = await two()
      await one.call('monitor', 'two')
      await boom(two_)
      await boom(two_)
      const news = await newsOf(one)
      expect(news).toEqual([
        { ref: { monitor: expect.any(String) }, server: 'two', reason: expect.any(Error) },
      ])
      expect((news[0] as Down).reason).toMatchObject({ message: 'boom' })
    })

    test('of what does not run delivers noproc', async () => {
      const one = await begin('one')
      await one.call('monitor', 'nobody')
      expect(await newsOf(one)).toMatchObject([{ server: 'nobody', reason: { shutdown: 'noproc' } }])
    })

    test('ends with demonitor, and with the life that set it', async () => {
      const [one, two_] = await two()
      await one.call('monitor', 'two')
      await one.call('demonitor')
      await boom(two_)
      await one.call('monitor', 'two')
      await boom(one)
      await boom(two_)
      expect(await newsOf(one)).toEqual([])
      expect(suite.letters).toEqual([])
    })

    test('has no effect when its handler crashes', async () => {
      const [one, two_] = await two()
      await expect(one.call('linkAndCrash', 'two')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
      await boom(two_)
      expect(await newsOf(one)).toEqual([])
      expect(workers(one, two_)).toEqual([2, 2])
    })

    test('a server that handles no DOWN gets a dead letter, and goes on', async () => {
      const watch = (_: unknown, __: unknown, ctx: Context) => void ctx.monitor('nobody')
      const one = await suite.start({ name: 'plain', callbacks: { call: { watch } } })
      await one.call('watch')
      await suite.clock.advance(0)
      expect(suite.letters).toMatchObject([{ server: 'plain', kind: 'info', message: 'DOWN' }])
      expect(workers(one)).toEqual([1])
    })
  })

  describe('ctx.link', () => {
    test.each<[string, 'one' | 'two']>([
      ['the one that linked', 'one'],
      ['the other', 'two'],
    ])('ends both with the same reason when %s crashes; their next lives are free', async (_, name) => {
      const [one, two_] = await two()
      await one.call('link', 'two')
      const [crashing, other] = name === 'one' ? [one, two_] : [two_, one]
      const monitor = suite.engine.monitor(other)
      await boom(crashing)
      expect((await monitor.down).reason).toMatchObject({ message: 'boom' })
      expect(workers(one, two_)).toEqual([2, 2])
      await boom(crashing)
      expect(workers(crashing, other)).toEqual([3, 2])
    })

    test('lets go on a normal end, also twice linked, and after unlink', async () => {
      const [one, two_] = await two()
      await one.call('link', 'two')
      await two_.call('link', 'one')
      await two_.call('end', 'normal')
      await suite.clock.advance(0)
      expect(workers(one, two_)).toEqual([1, 2])
      await one.call('link', 'two')
      await two_.call('unlink', 'one')
      await boom(two_)
      expect(workers(one, two_)).toEqual([1, 3])
    })

    test('goes on along a chain, and says killed after a kill', async () => {
      const [[one, two_], three] = [await two(), await begin('three')]
      await one.call('link', 'two')
      await two_.call('link', 'three')
      const monitor = suite.engine.monitor(one)
      three.exit('kill')
      await suite.clock.advance(0)
      expect((await monitor.down).reason).toMatchObject({ message: 'killed' })
      expect(workers(one, two_, three)).toEqual([2, 2, 2])
    })

    test('with trapExit is told instead, of a normal end too', async () => {
      const [one, two_] = [await begin('one', { trapExit: true }), await begin('two')]
      for (const reason of ['normal', { shutdown: 'moved' }, 'kill'] as const) {
        await one.call('link', 'two')
        await two_.call('end', reason).catch(() => undefined)
        await suite.clock.advance(0)
      }
      await one.call('link', 'nobody')
      expect(await newsOf(one)).toMatchObject([
        { server: 'two', reason: 'normal' },
        { server: 'two', reason: { shutdown: 'moved' } },
        { server: 'two', reason: { message: 'killed' } },
        { server: 'nobody', reason: { shutdown: 'noproc' } },
      ])
      expect(workers(one)).toEqual([1])
    })

    test('with trapExit is told of an exit by hand too, but not of kill', async () => {
      const one = await begin('one', { trapExit: true })
      one.exit('normal')
      one.exit({ shutdown: 'moved' })
      one.exit('oops')
      expect(await newsOf(one)).toMatchObject([
        { server: undefined, reason: 'normal' },
        { server: undefined, reason: { shutdown: 'moved' } },
        { server: undefined, reason: { message: 'oops' } },
      ])
      one.exit('kill')
      expect(await newsOf(one)).toHaveLength(3)
      expect(workers(one)).toEqual([2])
    })

    test('to what does not run ends the one that linked; to itself does nothing', async () => {
      const one = await begin('one')
      await one.call('link', 'one')
      const monitor = suite.engine.monitor(one)
      await one.call('link', 'nobody')
      expect((await monitor.down).reason).toEqual({ shutdown: 'noproc' })
    })
  })

  test('what names no server is refused', async () => {
    const wrong = (_: unknown, __: unknown, ctx: Context) => ctx.link(5 as never)
    const one = await suite.start({ name: 'plain', callbacks: { call: { wrong } } })
    await expect(one.call('wrong')).rejects.toMatchObject({ reason: { code: 'PEEPER_BAD_OPTION' } })
    expect(() => suite.engine.monitor(null as never)).toThrow(
      expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }),
    )
  })
})

describe.each(combinations)('ctx.sendInterval ($name)', combination => {
  const suite = conformance(combination)

  const start = (hold?: Promise<void>): Promise<Server> =>
    suite.start({
      state: { ticks: [] as unknown[], timer: { timer: '' } },
      callbacks: {
        init: (state: { ticks: unknown[]; timer: unknown }, ctx: Context) => {
          state.timer = ctx.sendInterval(10, 'tick', { n: 1 })
        },
        call: {
          read: ({ ticks }: { ticks: unknown[] }) => ticks,
          hold: async () => hold,
          cancel: ({ timer }: { timer: { timer: string } }, _: unknown, ctx: Context) => {
            ctx.cancelTimer(timer)
          },
          every: (_: unknown, ms: number, ctx: Context) => ctx.sendInterval(ms, 'tick'),
        },
        info: {
          tick: ({ ticks }: { ticks: unknown[] }, payload: { n: number }) => {
            ticks.push(payload.n)
            payload.n = 99 // its own copy
            return noreply()
          },
        },
      },
    })

  test('ticks until it is cancelled', async () => {
    const server = await start()
    await suite.clock.advance(9)
    expect(await server.call('read')).toEqual([])
    for (let tick = 0; tick < 3; tick += 1) await suite.clock.advance(10)
    expect(await server.call('read')).toEqual([1, 1, 1])
    await server.call('cancel')
    await suite.clock.advance(100)
    expect(await server.call('read')).toEqual([1, 1, 1])
  })

  test('ticks that come while one waits are one', async () => {
    const hold = latch()
    const server = await start(hold.opened)
    const held = server.call('hold')
    await suite.clock.advance(100)
    expect(server.status().queued).toBe(1)
    hold.open()
    await held
    await drained(server)
    expect(await server.call('read')).toEqual([1])
    await suite.clock.advance(10)
    expect(await server.call('read')).toEqual([1, 1])
  })

  test('ends with its life', async () => {
    const server = await start()
    await server.stop()
    await suite.clock.advance(100)
    expect(suite.letters).toEqual([])
  })

  test.each([0, -1, NaN, 0.5, '10'])('every %p ms is refused', async ms => {
    const server = await start()
    await expect(server.call('every', ms)).rejects.toMatchObject({ reason: { code: 'PEEPER_BAD_OPTION' } })
  })
})
