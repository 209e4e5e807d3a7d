import { describe, expect, test } from '@jest/globals'
import { stop, type Context, type ExitReason } from 'nestjs-peeper/engine'
import { latch, never, turns } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

interface State {
  n: number
}

describe.each(combinations)('terminate ($name)', combination => {
  const suite = conformance(combination)
  const call = {
    read: (state: State) => state.n,
    inc: (state: State) => (state.n += 1),
    crash: (state: State) => {
      state.n += 100
      throw new Error('crash')
    },
    leave: () => stop('normal', { reply: 'bye' }),
  }
  const crashes = (message: string) => ({ code: 'PEEPER_SERVER_EXITED', cause: { message } })

  test('it gets the last committed state and the reason', async () => {
    const said: unknown[] = []
    const terminate = (state: State, reason: ExitReason) => void said.push(state.n, reason)
    const server = await suite.start({ state: { n: 0 }, callbacks: { call, terminate } })
    await server.call('inc')
    await expect(server.call('crash')).rejects.toMatchObject(crashes('crash'))
    await server.call('read')
    expect(said).toEqual([1, expect.objectContaining({ message: 'crash' })])
  })

  test('it gets it also in a life that has completed nothing', async () => {
    const said: unknown[] = []
    const terminate = (state: State) => void said.push(state.n)
    const server = await suite.start({ state: { n: 0 }, callbacks: { call, terminate } })
    await server.call('inc')
    server.exit('kill')
    await expect(server.call('crash')).rejects.toMatchObject(crashes('crash'))
    await server.call('read')
    expect(said).toEqual([1])
  })

  test('it is skipped by kill', async () => {
    const said: unknown[] = []
    const terminate = () => void said.push('terminate')
    const server = await suite.start({ state: { n: 0 }, callbacks: { call, terminate } })
    server.exit('kill')
    expect(await server.call('read')).toBe(0)
    expect(said).toEqual([])
  })

  test('with shutdown brutal_kill it is skipped when the server is stopped, not when a life ends by itself', async () => {
    const said: unknown[] = []
    const terminate = (_: unknown, reason: ExitReason) => void said.push(reason)
    const server = await suite.start({
      state: { n: 0 },
      shutdown: 'brutal_kill',
      callbacks: { call, terminate },
    })
    server.exit('shutdown')
    expect(await server.call('read')).toBe(0)
    await server.stop()
    expect(said).toEqual(['shutdown'])
  })

  test('its successor waits for it', async () => {
    const order: string[] = []
    const hold = latch()
    const terminate = async () => {
      await hold.opened
      order.push('terminated')
    }
    const init = () => void order.push('init')
    const server = await suite.start({ state: { n: 0 }, callbacks: { init, call, terminate } })
    server.exit('shutdown')
    const next = server.call('read')
    await suite.clock.advance(1_000)
    expect(order).toEqual(['init'])
    hold.open()
    await next
    expect(order).toEqual(['init', 'terminated', 'init'])
  })

  test('it has no more time than shutdown allows; then it is reported and the successor starts', async () => {
    const server = await suite.start({
      state: { n: 4 },
      shutdown: 100,
      callbacks: { call, terminate: never },
    })
    server.exit('shutdown')
    const next = server.call('read', undefined, { timeout: Infinity })
    await suite.clock.advance(99)
    expect(suite.past('error')).toEqual([])
    await suite.clock.advance(1)
    expect(suite.past('error')).toMatchObject([
      { where: 'terminate', error: { code: 'PEEPER_TERMINATE_TIMEOUT' } },
    ])
    expect(await passing(suite.clock, next)).toBe(4)
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('last words')
      },
    ],
    ['rejects', () => Promise.reject(new Error('last words'))],
  ])('one that %s is reported and harms nobody', async (_, terminate) => {
    const server = await suite.start({ state: { n: 4 }, callbacks: { call, terminate } })
    expect(await server.call('leave')).toBe('bye')
    expect(await server.call('read')).toBe(4)
    expect(suite.past('error')).toMatchObject([
      { server: 'counter', where: 'terminate', error: { message: 'last words' } },
    ])
  })

  test('what it does to the state is kept by nobody', async () => {
    const terminate = (state: State) => void (state.n = 99)
    const server = await suite.start({ state: { n: 4 }, callbacks: { call, terminate } })
    server.exit('shutdown')
    expect(await server.call('read')).toBe(4)
  })

  test('onExit disposers run after it, however the life ends, the last one first; one that throws harms nobody', async () => {
    const order: string[] = []
    const init = (_: unknown, ctx: Context) => {
      ctx.onExit(() => order.push('first'))
      ctx.onExit(() => {
        throw new Error('dispose')
      })
      ctx.onExit(() => order.push('last'))
    }
    const terminate = () => void order.push('terminate')
    const server = await suite.start({ state: { n: 4 }, callbacks: { init, call, terminate } })
    server.exit('shutdown')
    await server.call('read')
    server.exit('kill')
    expect(await server.call('read')).toBe(4)
    expect(order).toEqual(['terminate', 'last', 'first', 'last', 'first'])
    expect(suite.past('error')).toMatchObject([{ where: 'onExit' }, { where: 'onExit' }])
  })

  test('it has a ctx of its own; the ctx of its life throws', async () => {
    const seen: unknown[] = []
    let old: Context | undefined
    const init = (_: unknown, ctx: Context) => void (old = ctx)
    const terminate = (_: unknown, __: ExitReason, ctx: Context) => {
      seen.push(ctx.name)
      expect(() => old?.name).toThrow()
    }
    const server = await suite.start({ state: { n: 4 }, callbacks: { init, call, terminate } })
    server.exit('shutdown')
    await server.call('read')
    expect(seen).toEqual(['counter'])
    expect(suite.past('error')).toEqual([])
  })

  test('engine.close runs it on every server, the last started first', async () => {
    const order: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const terminate = async (_: unknown, reason: ExitReason) => {
        await turns()
        order.push(`${name} ${reason as string}`)
      }
      await suite.start({ name, callbacks: { terminate } })
    }
    await suite.engine.close()
    expect(order).toEqual(['c shutdown', 'b shutdown', 'a shutdown'])
  })
})
