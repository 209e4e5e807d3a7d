import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from '@jest/globals'
import { noreply, refuse, reply, type Callbacks, type Context } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const never = (): Promise<never> => new Promise(() => undefined)
const boom = (): never => {
  throw new Error('boom')
}

describe.each(combinations)('an end that is held up ($name)', combination => {
  const suite = conformance(combination)

  test('does not wait longer than shutdown for a keeper that never answers', async () => {
    const callbacks: Callbacks = { call: { inc: (state: { n: number }) => (state.n += 1) } }
    const server = await suite.start({ state: { n: 0 }, shutdown: 100, callbacks })
    suite.store.hold()
    const asked = server.call('inc', undefined, { timeout: Infinity })
    const uncertain = expect(asked).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    await suite.clock.advance(0)
    const stopped = server.stop('normal', 50)
    await suite.clock.advance(1_000)
    await stopped
    await uncertain
    expect(server.status().status).toBe('stopped')
  })

  test("is cut short by 'kill'", async () => {
    const server = await suite.start({
      state: 0,
      callbacks: { call: { boom, read: (n: number) => n }, terminate: never },
    })
    await expect(server.call('boom')).rejects.toThrow('boom')
    const next = suite.next('started')
    server.exit('kill')
    await next
    expect(await server.call('read')).toBe(0)
    expect(suite.clock.now()).toBe(0)
  })

  test.each(Array.from({ length: 30 }, (_, ticks) => ticks))(
    'an exit %i microtasks after the start is not lost',
    async ticks => {
      const starting = suite.start({ state: 0, callbacks: { call: { read: (n: number) => n } } })
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
      suite.engine.whereis('counter')?.exit(new Error('early'))
      await suite.clock.advance(60_000)
      const server = await starting
      expect(await server.call('read')).toBe(0)
      expect([...suite.past('crashed'), ...suite.past('init-failed')]).toHaveLength(1)
    },
  )
})

describe.each(combinations)('outcomes at the edge ($name)', combination => {
  const suite = conformance(combination)

  test('a field that no outcome has is a bad outcome', async () => {
    const callbacks: Callbacks = { call: { inc: () => reply(1, { n: 2 } as object) } }
    const server = await suite.start({ state: { n: 0 }, callbacks })
    await expect(server.call('inc')).rejects.toMatchObject({ reason: { code: 'PEEPER_BAD_OUTCOME' } })
  })

  test('parts of the draft in a refusal arrive as copies, in that very error', async () => {
    const response: { items: unknown } = { items: undefined }
    const error = Object.assign(new Error('taken'), { response })
    const callbacks: Callbacks = {
      call: {
        no: (state: { items: number[] }) => {
          error.response.items = state.items
          return refuse(error)
        },
      },
    }
    const server = await suite.start({ state: { items: [1, 2] }, callbacks })
    await expect(server.call('no')).rejects.toEqual(suite.that(error))
    expect(error.response).toEqual({ items: [1, 2] })
  })

  test('a codeChange that hands back an outcome fails, and changes nothing', async () => {
    const codeChange = (): unknown => noreply({ state: { n: 5 } })
    const server = await suite.start({
      state: { n: 0 },
      callbacks: { codeChange, call: { read: (state: unknown) => state } },
    })
    await expect(server.codeChange({ from: 1 })).rejects.toMatchObject({ code: 'PEEPER_CODE_CHANGE_FAILED' })
    expect(await server.call('read')).toEqual({ n: 0 })
  })

  test('a formatStatus that is async is reported, and shows nothing', async () => {
    const formatStatus = (): Promise<never> => Promise.reject(new Error('late'))
    const server = await suite.start({ state: { secret: 1 }, callbacks: { formatStatus } })
    expect(server.status().state).toBeUndefined()
    await suite.clock.advance(0)
    expect(suite.past('error').map(({ where }) => where)).toEqual(['formatStatus', 'formatStatus'])
  })
})

describe.each(combinations)('bounds and fairness ($name)', combination => {
  const suite = conformance(combination)

  test('a timer that finds the mailbox full becomes a dead letter', async () => {
    const callbacks: Callbacks = {
      call: {
        hang: never,
        set: (_: unknown, __: unknown, ctx: Context) => {
          for (let i = 0; i < 5; i += 1) ctx.sendAfter(1, 'tick')
        },
      },
      info: { tick: () => undefined },
    }
    const server = await suite.start({ state: 0, mailbox: { limit: 2 }, callbacks })
    await server.call('set')
    server.call('hang').catch(() => undefined)
    await suite.clock.advance(1)
    expect(server.status().queued).toBe(2)
    expect(suite.letters.map(({ message }) => message)).toEqual(['tick', 'tick', 'tick'])
    server.exit('kill')
  })

  test('handlers that are async let the event loop have its turn', async () => {
    let steps = 0
    const loop = async (): Promise<unknown> => {
      await Promise.resolve()
      return ++steps < 5_000 ? noreply({ continue: 'loop' }) : undefined
    }
    const server = await suite.start({
      state: 0,
      callbacks: { cast: { go: () => noreply({ continue: 'loop' }) }, continue: { loop } },
    })
    server.cast('go')
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(steps).toBeLessThan(5_000)
    await drained(server)
    expect(steps).toBe(5_000)
  })

  test("what init asks for runs in nobody's context, whoever caused the restart", async () => {
    const als = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const look = (): void => void seen.push(als.getStore())
    const init = (_: unknown, ctx: Context): unknown => {
      ctx.afterCommit(look)
      ctx.sendAfter(5, 'tick')
      return noreply({ continue: 'go', state: 0 })
    }
    const server = await suite.start({
      callbacks: { init, call: { boom }, info: { tick: look }, continue: { go: look } },
    })
    const restarted = suite.next('started')
    await als.run('alice', () => server.call('boom')).catch(() => undefined)
    await restarted
    await drained(server)
    await suite.clock.advance(5)
    await drained(server)
    expect(seen).toHaveLength(5) // the first life's timer died with it
    expect(seen.every(store => store === undefined)).toBe(true)
  })
})
