import { describe, expect, test } from '@jest/globals'
import { noreply, stop, type Context } from 'nestjs-peeper/engine'
import { latch, never } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { thrownBy } from '../support/thrown.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

describe.each(combinations)('init ($name)', combination => {
  const suite = conformance(combination)
  const call = {
    read: (state: unknown) => state,
    set: (_: unknown, state: unknown) => noreply({ state }),
    put: (_: unknown, state: unknown, ctx: Context) => {
      ctx.reply(ctx.from!, 'put')
      return noreply({ state })
    },
  }

  test.each<[string, unknown, ((arg: never) => unknown) | undefined, unknown]>([
    ['what init returns', 1, (n: number) => n + 1, 2],
    ['what a promise of init gives', 1, async (n: number) => n + 1, 2],
    ['the state of its noreply', 1, () => noreply({ state: 5 }), 5],
    ['null when init returns null', 1, () => null, null],
    ['undefined when its noreply says so', 1, () => noreply({ state: undefined }), undefined],
    ['arg when init returns nothing', 1, () => undefined, 1],
    ['arg as init has mutated it', { n: 1 }, (arg: { n: number }) => void (arg.n = 2), { n: 2 }],
    ['arg when there is no init', [1], undefined, [1]],
    ['undefined when there is neither', undefined, undefined, undefined],
  ])('the first state is %s', async (_, state, init, first) => {
    const server = await suite.start({ state, callbacks: { call, ...(init && { init }) } })
    expect(await server.call('read')).toEqual(first)
    expect(server.status().revision).toBe(1)
  })

  test('on a restart it gets the kept state, and the kept state stands whatever it returns', async () => {
    const args: unknown[] = []
    const init = (arg: unknown) => {
      args.push(arg)
      return `first of ${String(arg)}`
    }
    const server = await suite.start({ state: 'arg', callbacks: { call, init } })
    await server.call('put', 'kept')
    server.exit('kill')
    expect(await server.call('read')).toBe('kept')
    expect(args).toEqual(['arg', 'kept'])
  })

  test('ctx tells each life how often the server was restarted and why', async () => {
    const births: unknown[] = []
    const init = (_: unknown, ctx: Context) =>
      void births.push([ctx.name, ctx.key, ctx.self.name, ctx.restarts, ctx.cause, ctx.from])
    const server = await suite.start({ callbacks: { call, init } })
    server.exit('kill')
    await suite.next('started')
    expect(births).toEqual([
      ['counter', undefined, 'counter', 0, undefined, undefined],
      ['counter', undefined, 'counter', 1, 'kill', undefined],
    ])
    expect(await server.call('read')).toBe(undefined)
  })

  test('what it asks of ctx happens on each start', async () => {
    const committed: string[] = []
    const init = (_: unknown, ctx: Context) => {
      ctx.sendAfter(10, 'tick')
      ctx.afterCommit(() => committed.push('afterCommit'))
    }
    const tick = (n: number) => noreply({ state: n + 1 })
    const server = await suite.start({ state: 0, callbacks: { init, call, info: { tick } } })
    await suite.clock.advance(10)
    const started = suite.next('started')
    server.exit('kill')
    await started
    await suite.clock.advance(10)
    expect(await server.call('read')).toBe(2)
    expect(committed).toEqual(['afterCommit', 'afterCommit'])
  })

  test('it is tried again with backoff, 100 ms doubled each time with jitter, until it succeeds', async () => {
    let tries = 0
    const init = () => {
      if ((tries += 1) < 5) throw new Error(`try ${tries}`)
    }
    const server = await passing(suite.clock, suite.start({ state: 1, callbacks: { init, call } }))
    expect(await server.call('read')).toBe(1)
    const waits = suite
      .past('init-failed')
      .map(({ attempt, retryIn }) => [attempt, retryIn! / (100 * 2 ** (attempt - 1))])
    expect(waits.map(([attempt]) => attempt)).toEqual([1, 2, 3, 4])
    for (const [, share] of waits) {
      expect(share).toBeGreaterThanOrEqual(0.5)
      expect(share).toBeLessThanOrEqual(1)
    }
    expect(server.status()).toMatchObject({ worker: 1, restartsLeft: 1_000 })
  })

  test('exhausted at the first start, start rejects with its cause, the waiting are rejected, and no server is left', async () => {
    const broken = new Error('no database')
    const init = () => Promise.reject(broken)
    const started = suite.start({ init: { retries: 2 }, callbacks: { init, call } })
    const waiting = expect(
      suite.engine.call('counter', 'read', undefined, { timeout: Infinity }),
    ).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
    await expect(passing(suite.clock, started)).rejects.toMatchObject({
      code: 'PEEPER_INIT_FAILED',
      cause: broken,
    })
    await waiting
    expect(suite.past('init-failed').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(suite.engine.servers()).toEqual([])
    expect(suite.engine.health()).toEqual({ healthy: true, down: [] })
  })

  test('exhausted later, the server goes down; start brings it back with its state, start with reset without', async () => {
    let broken = false
    const init = () => {
      if (broken) throw new Error('no database')
    }
    const server = await suite.start({ state: 'first', init: { retries: 1 }, callbacks: { init, call } })
    await server.call('put', 'kept')
    const goDown = async (): Promise<void> => {
      broken = true
      const down = suite.next('down')
      server.exit('kill')
      expect(await passing(suite.clock, down)).toMatchObject({ reason: { code: 'PEEPER_INIT_FAILED' } })
      broken = false
    }
    await goDown()
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
    await suite.engine.start('counter')
    expect(await server.call('read')).toBe('kept')
    await goDown()
    await suite.engine.start('counter', { reset: true })
    expect(await server.call('read')).toBe('first')
    expect(suite.engine.health().healthy).toBe(true)
  })

  test('a try that takes longer than its timeout is left behind: its ctx throws, the next one starts', async () => {
    const left: Context[] = []
    const init = (_: unknown, ctx: Context) => (left.push(ctx) < 3 ? never() : undefined)
    const started = suite.start({ state: 1, init: { timeout: 50 }, callbacks: { init, call } })
    const server = await passing(suite.clock, started)
    expect(suite.past('init-failed')).toMatchObject([
      { reason: { code: 'PEEPER_INIT_TIMEOUT' } },
      { reason: { code: 'PEEPER_INIT_TIMEOUT' } },
    ])
    expect(thrownBy(() => left[0]?.name)).toMatchObject({ code: 'PEEPER_CONTEXT_ENDED' })
    expect(left[2]?.name).toBe('counter')
    expect(await server.call('read')).toBe(1)
  })

  test('an init that stops fails the start and is not tried again', async () => {
    const init = () => stop('normal')
    await expect(suite.start({ callbacks: { init } })).rejects.toMatchObject({ code: 'PEEPER_INIT_FAILED' })
    expect(suite.past('init-failed')).toHaveLength(1)
  })

  test('an exit while init runs ends that try, and the next one starts', async () => {
    const entered = latch()
    let tries = 0
    const init = () => {
      if ((tries += 1) !== 2) return undefined
      entered.open()
      return never()
    }
    const server = await suite.start({ state: 1, callbacks: { init, call } })
    server.exit('kill')
    await entered.opened
    server.exit('kill')
    expect(await passing(suite.clock, server.call('read', undefined, { timeout: Infinity }))).toBe(1)
    expect(tries).toBe(3)
  })

  test('an exit between two tries does not take the server down', async () => {
    let tries = 0
    const init = () => {
      if ((tries += 1) === 2) throw new Error('once')
    }
    const server = await suite.start({ state: 1, callbacks: { init, call } })
    const failed = suite.next('init-failed')
    server.exit('kill')
    await failed
    await suite.clock.advance(0)
    server.exit('kill')
    expect(await passing(suite.clock, server.call('read', undefined, { timeout: Infinity }))).toBe(1)
  })

  test('a server can be stopped while init runs', async () => {
    const entered = latch()
    const init = () => {
      entered.open()
      return never()
    }
    suite.start({ callbacks: { init, call } }).catch(() => undefined)
    await entered.opened
    const server = suite.engine.whereis('counter')!
    const waiting = expect(server.call('read', undefined, { timeout: Infinity })).rejects.toMatchObject({
      code: 'PEEPER_SERVER_STOPPED',
    })
    await passing(suite.clock, server.stop('shutdown', 10))
    await waiting
    expect(server.status()).toMatchObject({ status: 'stopped', worker: 1 })
    expect(suite.past('init-failed')).toEqual([])
  })

  test('a keeper that cannot load is a failed try', async () => {
    const server = await suite.start({ state: 1, callbacks: { call } })
    await server.call('put', 2)
    suite.store.failLoads = new Error('no disk')
    const failed = suite.next('init-failed')
    server.exit('kill')
    expect(await failed).toMatchObject({ reason: { message: 'no disk' } })
    suite.store.failLoads = undefined
    expect(await passing(suite.clock, server.call('read', undefined, { timeout: Infinity }))).toBe(2)
  })

  test('a first state that the keeper does not take is a failed try', async () => {
    suite.store.failNext(new Error('disk full'), { stored: false })
    const server = await passing(suite.clock, suite.start({ state: 1, callbacks: { call } }))
    expect(await server.call('read')).toBe(1)
    expect(suite.past('init-failed')).toMatchObject([{ attempt: 1 }])
  })
})
