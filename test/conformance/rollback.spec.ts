import { describe, expect, test } from '@jest/globals'
import {
  noreply,
  reply,
  type Context,
  type From,
  type Handlers,
  type Server,
  type TimerRef,
} from 'nestjs-peeper/engine'
import { latch, never } from '../support/latch.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  n: number
  timer?: TimerRef
  from?: From
}

const ways = ['throws', 'rejects', 'is killed'] as const

describe.each(combinations)('what a handler did before it crashed never happened ($name)', combination => {
  const suite = conformance(combination)

  describe.each(ways)('when it %s', way => {
    /** A server whose call `fail` does something and then crashes. */
    const failing = async (work: (state: State, ctx: Context) => void, call: Handlers = {}) => {
      const entered = latch()
      const fail = (state: State, _: unknown, ctx: Context): unknown => {
        state.n += 100
        work(state, ctx)
        if (way === 'throws') throw new Error('in the middle')
        if (way === 'rejects') return Promise.reject(new Error('in the middle'))
        entered.open()
        return never()
      }
      const handlers: Handlers = { read: (state: State) => state.n, fail, ...call }
      const info: Handlers = { tick: (state: State) => void (state.n += 1) }
      const server = await suite.start({ state: { n: 0 }, callbacks: { call: handlers, info } })
      return { server, fail: () => failed(server, entered.opened) }
    }

    const failed = async (server: Server, entered: Promise<void>): Promise<void> => {
      const asked = server.call('fail')
      if (way === 'is killed') void entered.then(() => server.exit('kill'))
      await expect(asked).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    }

    test('its state is as it was', async () => {
      const { server, fail } = await failing(() => undefined)
      await fail()
      expect(await server.call('read')).toBe(0)
    })

    test('its sendAfter is never sent', async () => {
      const { server, fail } = await failing((_, ctx) => void ctx.sendAfter(10, 'tick'))
      await fail()
      expect(await server.call('read')).toBe(0)
      await suite.clock.advance(1_000)
      expect(await server.call('read')).toBe(0)
    })

    test('its reply to a deferred caller is not sent', async () => {
      const { server, fail } = await failing((state, ctx) => ctx.reply(state.from!, 'never said'), {
        wait: (state: State, _: unknown, { from }: Context) => {
          state.from = from
          return noreply()
        },
      })
      const waiting = server.call('wait')
      const rejected = expect(waiting).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
      await fail()
      await rejected
    })

    test('its afterCommit is not run', async () => {
      const ran: string[] = []
      const { server, fail } = await failing((_, ctx) => ctx.afterCommit(() => ran.push('afterCommit')))
      await fail()
      await server.call('read')
      expect(ran).toEqual([])
    })
  })

  test('a refused handler cancels no timer, sends nothing later, answers nobody and runs no afterCommit', async () => {
    const ran: string[] = []
    const refused = new Error('no')
    const server = await suite.start({
      state: { n: 0 },
      refuses: [Error],
      callbacks: {
        call: {
          read: (state: State) => state.n,
          arm: (state: State, _: unknown, ctx: Context) => {
            state.timer = ctx.sendAfter(10, 'tick')
          },
          wait: (state: State, _: unknown, { from }: Context) => {
            state.from = from
            return noreply()
          },
          answer: (state: State, _: unknown, ctx: Context) => ctx.reply(state.from!, 'answered'),
          fail: (state: State, _: unknown, ctx: Context) => {
            ctx.cancelTimer(state.timer!)
            ctx.sendAfter(10, 'tick')
            ctx.reply(state.from!, 'refused')
            ctx.afterCommit(() => ran.push('afterCommit'))
            throw refused
          },
        },
        info: { tick: (state: State) => void (state.n += 1) },
      },
    })
    await server.call('arm')
    const waiting = server.call('wait')
    await expect(server.call('fail')).rejects.toEqual(suite.that(refused))
    await suite.clock.advance(1_000)
    expect(await server.call('read')).toBe(1)
    await server.call('answer')
    expect(await waiting).toBe('answered')
    expect(ran).toEqual([])
  })

  test('a handler that succeeds sets and cancels timers, answers and runs its afterCommit', async () => {
    const ran: string[] = []
    const server = await suite.start({
      state: { n: 0 },
      callbacks: {
        call: {
          read: (state: State) => state.n,
          wait: (state: State, _: unknown, ctx: Context) => {
            state.from = ctx.from
            state.timer = ctx.sendAfter(10, 'tick', 100)
            return noreply()
          },
          answer: (state: State, _: unknown, ctx: Context) => {
            ctx.cancelTimer(state.timer!)
            ctx.cancelTimer(ctx.sendAfter(10, 'tick', 1_000))
            ctx.sendAfter(20, 'tick', 1)
            ctx.reply(state.from!, 'answered')
            ctx.afterCommit(() => ran.push('afterCommit'))
            return reply('done')
          },
        },
        info: { tick: (state: State, by: number) => void (state.n += by) },
      },
    })
    const waiting = server.call('wait')
    expect(await server.call('answer')).toBe('done')
    expect(await waiting).toBe('answered')
    await suite.clock.advance(0) // it may have a border to cross
    expect(ran).toEqual(['afterCommit'])
    await suite.clock.advance(1_000)
    expect(await server.call('read')).toBe(1)
  })
})
