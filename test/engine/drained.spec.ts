import { afterEach, describe, expect, test } from '@jest/globals'
import {
  Engine,
  type Keeper,
  memoryKeeper,
  noreply,
  type Server,
  type ServerOptions,
} from 'nestjs-peeper/engine'
import { drained, simulatedClock } from 'nestjs-peeper/testing'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { journalKeeper } from '../support/journal-keeper.js'
import { latch } from '../support/latch.js'

const clock = simulatedClock()
let engine: Engine

const begin = (keeper: Keeper, more: Partial<ServerOptions> = {}): Promise<Server> => {
  engine = new Engine({ clock, keeper })
  return engine.start({
    name: 'one',
    state: { n: 0 },
    callbacks: {
      call: { wait: () => noreply() },
      cast: {
        inc: (state: { n: number }) => {
          state.n += 1
        },
        fail: (state: { n: number }) => {
          state.n = 99
          throw new Error('it broke')
        },
        chain: () => noreply({ continue: 'link' }),
      },
      continue: {
        link: (state: { n: number }) => {
          state.n += 10
        },
      },
    },
    ...more,
  })
}

/** Is it resolved, when all that can happen without time has happened? */
const isDone = async (promise: Promise<void>): Promise<boolean> => {
  let done = false
  void promise.then(() => (done = true))
  await clock.advance(0)
  return done
}

afterEach(() => engine.close())

describe.each([
  ['a keeper that answers at once', memoryKeeper],
  ['a keeper that answers later', journalKeeper],
])('drained, with %s', (_, keeper) => {
  test('resolves when all that was cast is committed', async () => {
    const server = await begin(keeper())
    for (let n = 0; n < 20; n += 1) server.cast('inc')
    await drained(server)
    expect(server.status()).toMatchObject({ queued: 0, state: { n: 20 }, revision: 21 })
  })

  test('resolves at once for a server that has nothing to do', async () => {
    const server = await begin(keeper())
    expect(await isDone(drained(server))).toBe(true)
  })

  test('waits for what follows from a message', async () => {
    const server = await begin(keeper())
    server.cast('chain')
    await drained(server)
    expect(server.status().state).toEqual({ n: 10 })
  })

  test('waits through a crash for what is queued behind it', async () => {
    const server = await begin(keeper())
    for (const message of ['inc', 'fail', 'inc'] as const) server.cast(message)
    await drained(server)
    expect(server.status()).toMatchObject({ worker: 2, state: { n: 2 } })
  })

  test('resolves when the server goes down', async () => {
    const server = await begin(keeper(), { maxRestarts: 0 })
    for (const message of ['inc', 'fail', 'inc'] as const) server.cast(message)
    await drained(server)
    expect(server.status()).toMatchObject({ status: 'down', state: { n: 1 } })
    await drained(server)
  })
})

describe('drained', () => {
  test('waits for a handler that runs', async () => {
    const gate = latch()
    const server = await begin(memoryKeeper(), {
      callbacks: {
        cast: {
          slow: async (state: { n: number }) => {
            await gate.opened
            state.n = 1
          },
        },
      },
    })
    server.cast('slow')
    const done = drained(server)
    expect(await isDone(done)).toBe(false)
    gate.open()
    await done
    expect(server.status().state).toEqual({ n: 1 })
  })

  test.each([
    ['before the handler ran', 0],
    ['after the handler has returned', 1],
  ])('waits for a commit on its way, when asked %s', async (_, turns) => {
    const control = controlledKeeper(memoryKeeper())
    const server = await begin(control.keeper)
    const release = control.hold()
    server.cast('inc')
    for (let turn = 0; turn < turns; turn += 1) await clock.advance(0)
    const done = drained(server)
    expect(await isDone(done)).toBe(false)
    release()
    await done
    expect(server.status().state).toEqual({ n: 1 })
  })

  test('does not wait for a deferred reply that is still owed', async () => {
    const server = await begin(memoryKeeper())
    const owed = server.call('wait', undefined, { timeout: Infinity })
    await drained(server)
    const rejected = expect(owed).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    await server.stop()
    await rejected
    await drained(server)
  })
})
