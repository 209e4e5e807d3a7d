import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type Callbacks,
  Engine,
  type EngineOptions,
  type PeeperEvent,
  refuse,
  reply,
  type Server,
  type ServerOptions,
  stop,
} from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'

const clock = simulatedClock()
const error = new Error('it broke')
let engine: Engine
let chronicle: Chronicle
let steps: string[]

const callbacks: Callbacks = {
  call: {
    inc: (n: number) => reply(n + 1, { state: n + 1 }),
    no: () => refuse(error),
    leave: () => stop('normal', { reply: 'bye' }),
    hang: () => new Promise(() => undefined),
  },
  cast: {
    fail: () => {
      steps.push('runs')
      throw error
    },
  },
  continue: { next: () => undefined },
  info: { tick: () => undefined },
}

const open = (options: EngineOptions = {}): void => {
  engine = new Engine({ clock, ...options })
  chronicle = new Chronicle(engine.events$)
}

const begin = (more: Partial<ServerOptions> = {}): Promise<Server> =>
  engine.start({ name: 'one', state: 1, callbacks, ...more })

beforeEach(() => {
  steps = []
  open()
})
afterEach(() => engine.close())

describe('events', () => {
  test("'started' comes with each life, when it is ready and before it takes a message", async () => {
    const seen: unknown[] = []
    engine.events$.subscribe(({ type }) => seen.push(type))
    const server = engine.declare({
      name: 'one',
      callbacks: { init: () => void seen.push('init'), cast: { go: () => void seen.push('cast') } },
    })
    server.cast('go')
    await engine.start('one')
    await clock.advance(0)
    expect(seen).toEqual(['init', 'started', 'cast'])
    server.exit('kill')
    await clock.advance(0)
    expect(chronicle.of('started')).toEqual([
      { type: 'started', server: 'one', worker: 1, restarts: 0 },
      { type: 'started', server: 'one', worker: 2, restarts: 1 },
    ])
  })

  test("'crashed' reports a crash once: what it was doing, why, restarts left", async () => {
    const server = await begin({ maxRestarts: 3 })
    server.cast('fail')
    await server.call('inc')
    expect(chronicle.of('crashed')).toEqual([
      { type: 'crashed', server: 'one', worker: 1, message: "cast 'fail'", reason: error, restartsLeft: 2 },
    ])
    expect(chronicle.of('error')).toEqual([])
  })

  test("'crashed' of an idle server names no message", async () => {
    const server = await begin()
    server.exit('oops')
    await clock.advance(0)
    expect(chronicle.of('crashed')).toMatchObject([{ message: undefined, reason: { message: 'oops' } }])
  })

  test("'crashed' comes when the life has ended, and before the next one starts", async () => {
    const server = await begin({ callbacks: { ...callbacks, terminate: () => void steps.push('terminate') } })
    engine.events$.subscribe(({ type }) => steps.push(type))
    server.cast('fail')
    await clock.advance(0)
    expect(steps).toEqual(['runs', 'terminate', 'crashed', 'started'])
  })

  test("'exited' tells an orderly end, and is no crash", async () => {
    const server = await begin()
    await server.call('leave')
    server.exit({ shutdown: 'moved' })
    await clock.advance(0)
    expect(chronicle.of('exited')).toMatchObject([{ worker: 1, reason: 'normal' }])
    expect(chronicle.of('crashed')).toEqual([])
  })

  test("'stopped' comes once, when the server has ended for good", async () => {
    const server = await begin()
    await server.stop('shutdown')
    expect(chronicle.types('one')).toEqual(['started', 'stopped'])
    expect(chronicle.of('stopped')).toEqual([{ type: 'stopped', server: 'one', reason: 'shutdown' }])
  })

  test("'init-failed' comes with each try, with the time to the next, and 'down' after the last", async () => {
    const failing = { init: () => Promise.reject(error) }
    const started = begin({ callbacks: failing, init: { retries: 2 } })
    const rejected = expect(started).rejects.toMatchObject({ code: 'PEEPER_INIT_FAILED', cause: error })
    await clock.advance(60_000)
    await rejected
    expect(chronicle.types('one')).toEqual(['init-failed', 'init-failed', 'init-failed', 'down'])
    expect(chronicle.of('init-failed')).toEqual([
      expect.objectContaining({ attempt: 1, reason: error, retryIn: expect.any(Number) }),
      expect.objectContaining({ attempt: 2, reason: error, retryIn: expect.any(Number) }),
      expect.objectContaining({ attempt: 3, reason: error, retryIn: undefined }),
    ])
  })

  test("'overload' tells a full mailbox", async () => {
    const server = await begin({ mailbox: { limit: 1 } })
    void server.call('hang', undefined, { timeout: Infinity }).catch(() => undefined)
    await clock.advance(0)
    server.send('tick')
    server.send('tick')
    expect(chronicle.of('overload')).toEqual([{ type: 'overload', server: 'one', what: 'mailbox', limit: 1 }])
    server.exit('kill')
  })

  test.each<[string, ServerOptions['callbacks'], ServerOptions['listener']]>([
    ['listener', {}, { onStateChanged: () => Promise.reject(error) }],
    ['terminate', { terminate: () => Promise.reject(error) }, undefined],
  ])("'error' tells an error that harms nobody: %s", async (where, more, listener) => {
    const server = await begin({ callbacks: { ...callbacks, ...more }, listener })
    await expect(server.call('inc')).resolves.toBe(2)
    await server.stop()
    expect(chronicle.of('error')).toEqual([{ type: 'error', server: 'one', where, error }])
  })

  test("'trace' follows each message of a server with debug, and of no other", async () => {
    const server = await begin({ debug: true })
    const quiet = await engine.start({ name: 'quiet', state: 1, callbacks })
    await quiet.call('inc')
    await server.call('inc')
    await server.call('no').catch(() => undefined)
    server.send('tick')
    await server.call('leave')
    expect(chronicle.of('trace').map(({ type: _, ...rest }) => rest)).toEqual([
      { server: 'one', worker: 1, message: "call 'inc'", outcome: 'reply', revision: 2 },
      { server: 'one', worker: 1, message: "call 'no'", outcome: 'refuse', revision: 2 },
      { server: 'one', worker: 1, message: "info 'tick'", outcome: 'noreply', revision: 2 },
      { server: 'one', worker: 1, message: "call 'leave'", outcome: 'stop', revision: 2 },
    ])
  })

  test('of a server are those of this server alone', async () => {
    const server = await begin()
    const other = await engine.start({ name: 'other', callbacks })
    const own: string[] = []
    server.events$.subscribe(event => own.push(event.server))
    server.exit('kill')
    other.exit('kill')
    await clock.advance(0)
    expect(own).toEqual(['one', 'one'])
  })

  test('end with the engine', async () => {
    let ended = 0
    for (const stream$ of [engine.events$, engine.deadLetters$, (await begin()).changes$])
      stream$.subscribe({ complete: () => (ended += 1) })
    await engine.close()
    expect(ended).toBe(3)
  })
})

describe('a subscriber of events$ that fails harms nobody', () => {
  const ways: [string, (event: PeeperEvent) => unknown][] = [
    [
      'throws',
      () => {
        throw error
      },
    ],
    ['rejects', () => Promise.reject(error)],
  ]
  test.each(ways)('when it %s at every event: reported, and the others hear all', async (_, fail) => {
    engine.events$.subscribe(fail)
    const after = new Chronicle(engine.events$)
    const server = await begin()
    server.cast('fail')
    await expect(server.call('inc')).resolves.toBe(2)
    await clock.advance(0)
    expect(after.types('one')).toEqual(['started', 'crashed', 'started'])
    expect(after.of('error')[0]).toMatchObject({ where: 'subscriber of events$', error })
    expect(after.of('error').length).toBeLessThanOrEqual(3)
  })

  test.each(ways)('when onEvent %s: reported, and all goes on', async (_, fail) => {
    open({ onEvent: fail })
    const server = await begin()
    server.cast('fail')
    await expect(server.call('inc')).resolves.toBe(2)
    await clock.advance(0)
    expect(chronicle.types('one')).toEqual(['started', 'crashed', 'started'])
    expect(chronicle.of('error')[0]).toMatchObject({ server: '', where: 'onEvent', error })
  })

  test('onEvent hears each event before any subscriber', async () => {
    const order: string[] = []
    open({ onEvent: ({ type }) => order.push(`first ${type}`) })
    engine.events$.subscribe(({ type }) => order.push(`then ${type}`))
    await begin()
    expect(order).toEqual(['first started', 'then started'])
  })

  test('what a subscriber brings about comes after what it was told, for everybody', async () => {
    const formatStatus = (): never => {
      throw error
    }
    const server = await begin({ callbacks: { ...callbacks, formatStatus } })
    const types: string[] = []
    engine.events$.subscribe(({ type }) => {
      if (type === 'crashed') server.status() // which reports an error at once
    })
    engine.events$.subscribe(({ type }) => types.push(type))
    server.cast('fail')
    await clock.advance(0)
    expect(types).toEqual(['crashed', 'error', 'started'])
  })
})
