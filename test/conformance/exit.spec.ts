import { describe, expect, test } from '@jest/globals'
import { noreply, type Callbacks, type Context, type ExitReason, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { latch, type Latch } from '../support/latch.js'
import { thrownBy } from '../support/thrown.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  n: number
}

const members: [string, (ctx: Context) => unknown][] = [
  ['self', ctx => ctx.self],
  ['name', ctx => ctx.name],
  ['key', ctx => ctx.key],
  ['restarts', ctx => ctx.restarts],
  ['cause', ctx => ctx.cause],
  ['signal', ctx => ctx.signal],
  ['from', ctx => ctx.from],
  ['reply', ctx => ctx.reply({ server: 'counter', id: '1' }, 1)],
  ['sendAfter', ctx => ctx.sendAfter(1, 'tick')],
  ['cancelTimer', ctx => ctx.cancelTimer({ timer: '1' })],
  ['afterCommit', ctx => ctx.afterCommit(() => undefined)],
  ['onExit', ctx => ctx.onExit(() => undefined)],
]

describe.each(combinations)('exit in the middle of an await ($name)', combination => {
  const suite = conformance(combination)

  /** A server whose call `wait` waits for `hold` in the middle of its change, once it is entered. */
  const waiting = async (
    hold: Latch,
    more: Callbacks = {},
  ): Promise<{ server: Server; ctx: Context; asked: Promise<unknown> }> => {
    const entered = latch<Context>()
    const server = await suite.start({
      state: { n: 0 },
      callbacks: {
        ...more,
        call: {
          read: (state: State) => state.n,
          inc: (state: State) => (state.n += 1),
          wait: async (state: State, _: unknown, ctx: Context) => {
            state.n += 100
            ctx.sendAfter(10, 'tick')
            entered.open(ctx)
            await hold.opened
            state.n += 100
            return 'late'
          },
          ...more.call,
        },
        info: { tick: (state: State) => void (state.n += 1_000) },
      },
    })
    const asked = server.call('wait')
    asked.catch(() => undefined)
    return { server, ctx: await entered.opened, asked }
  }

  test.each<[string, ExitReason]>([
    ['kill', 'kill'],
    ['shutdown', 'shutdown'],
    ['an error', new Error('by hand')],
  ])(
    'with %s drops that life: draft, timers and late reply; the next message does not wait for it',
    async (_, reason) => {
      const hold = latch()
      const { server, asked } = await waiting(hold)
      const next = server.call('inc')
      server.exit(reason)
      await expect(asked).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason })
      expect(await next).toBe(1)
      hold.open()
      await suite.clock.advance(1_000)
      expect(await server.call('read')).toBe(1)
      expect(server.status().worker).toBe(2)
    },
  )

  test('with a word of one’s own is a crash by an error of that message', async () => {
    const { server, asked } = await waiting(latch())
    server.exit('oops')
    await expect(asked).rejects.toMatchObject({ cause: { message: 'oops' } })
    expect(await server.call('read')).toBe(0)
  })

  test('with normal is ignored, as in OTP', async () => {
    const hold = latch()
    const { server, asked } = await waiting(hold)
    server.exit('normal')
    hold.open()
    expect(await asked).toBe('late')
    expect(server.status().worker).toBe(1)
  })

  test('every member of its ctx throws from then on', async () => {
    const { server, ctx } = await waiting(latch())
    for (const [, use] of members) use(ctx)
    server.exit('kill')
    await suite.clock.advance(0) // it may have a border to cross
    for (const [member, use] of members)
      expect(thrownBy(() => use(ctx))).toMatchObject({
        code: 'PEEPER_CONTEXT_ENDED',
        message: expect.stringContaining(`ctx.${member} `) as unknown as string,
      })
  })

  test('its late rejection is swallowed and reported', async () => {
    const hold = latch()
    const entered = latch()
    const late = new Error('nobody waits for this')
    const fail = async (): Promise<never> => {
      entered.open()
      await hold.opened
      throw late
    }
    const server = await suite.start({ state: 3, callbacks: { call: { fail, read: (n: number) => n } } })
    const asked = expect(server.call('fail')).rejects.toMatchObject({ reason: 'kill' })
    await entered.opened
    server.exit('kill')
    await asked
    expect(await server.call('read')).toBe(3)
    const reported = suite.next('error')
    hold.open()
    expect(await reported).toMatchObject({ server: 'counter', error: late })
    expect(suite.past('crashed')).toHaveLength(1)
  })

  test('a cast that was left behind is heard of no more when it finishes', async () => {
    const hold = latch()
    const entered = latch()
    const done = latch()
    const slow = async (state: State): Promise<void> => {
      state.n += 1
      entered.open()
      await hold.opened
      done.open()
    }
    const callbacks = { call: { read: (state: State) => state.n }, cast: { slow } }
    const server = await suite.start({ state: { n: 0 }, debug: true, callbacks })
    server.cast('slow')
    await entered.opened
    server.exit('kill')
    await suite.next('started')
    hold.open()
    await done.opened
    expect(await server.call('read')).toBe(0)
    expect(suite.past('trace')).toMatchObject([{ message: "call 'read'" }])
    expect(suite.letters).toEqual([])
  })

  test('its draft ends with it', async () => {
    const hold = latch()
    const entered = latch<State>()
    const peek = async (state: State): Promise<void> => {
      entered.open(state)
      await hold.opened
    }
    const server = await suite.start({ state: { n: 0 }, callbacks: { call: { peek } } })
    const asked = expect(server.call('peek')).rejects.toMatchObject({ reason: 'kill' })
    const draft = await entered.opened
    draft.n += 1
    server.exit('kill')
    await asked
    await suite.clock.advance(0) // until it has heard of it
    expect(thrownBy(() => draft.n)).toMatchObject({ code: 'PEEPER_DRAFT_ENDED' })
    expect(thrownBy(() => (draft.n = 5))).toMatchObject({ code: 'PEEPER_DRAFT_ENDED' })
  })

  test('a handler that exits its own server has changed nothing', async () => {
    const server = await suite.start({
      state: { n: 0 },
      callbacks: {
        call: {
          read: (state: State) => state.n,
          end: (state: State, _: unknown, ctx: Context) => {
            state.n += 1
            ctx.self.exit('kill')
            return 'never said'
          },
        },
      },
    })
    await expect(server.call('end')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason: 'kill' })
    expect(await server.call('read')).toBe(0)
  })

  test('an idle life ends as well, and says nothing of a message', async () => {
    const server = await suite.start({ state: 3, callbacks: { call: { read: (n: number) => n } } })
    const crashed = suite.next('crashed')
    server.exit('kill')
    expect(await crashed).toMatchObject({ worker: 1, message: undefined, reason: 'kill', restartsLeft: 999 })
    expect(await server.call('read')).toBe(3)
  })

  test('a crash is reported once, with what it was handling', async () => {
    const reason = new Error('inside')
    const server = await suite.start({
      callbacks: {
        cast: {
          boom: () => {
            throw reason
          },
          fine: () => noreply(),
        },
      },
    })
    server.cast('boom', 'secret')
    server.cast('fine')
    await drained(server)
    expect(suite.past('crashed')).toEqual([
      { type: 'crashed', server: 'counter', worker: 1, message: "cast 'boom'", reason, restartsLeft: 999 },
    ])
  })
})
