import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, noreply, type Server, type ServerOptions } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { settled } from '../support/settled.js'

const clock = simulatedClock()
let engine: Engine
let chronicle: Chronicle

const options: ServerOptions = {
  name: 'one',
  state: { n: 1 },
  callbacks: {
    call: {
      read: ({ n }: { n: number }) => n,
      inc: (state: { n: number }) => (state.n += 1),
      wait: () => noreply(),
      hang: () => new Promise(() => undefined),
    },
    cast: {
      add: (state: { n: number }) => {
        state.n += 1
      },
      fail: (state: { n: number }) => {
        state.n = 99
        throw new Error('it broke')
      },
    },
  },
}

const begin = (more: Partial<ServerOptions>): Promise<Server> => engine.start({ ...options, ...more })

beforeEach(() => {
  engine = new Engine({ clock })
  chronicle = new Chronicle(engine.events$)
})
afterEach(() => engine.close())

describe('a server whose restart budget is spent', () => {
  test('is down: every waiter is rejected, an event tells it once, health is red', async () => {
    const server = await begin({ maxRestarts: 0 })
    await server.call('inc')
    const letters: unknown[] = []
    engine.deadLetters$.subscribe(({ message }) => letters.push(message))
    const deferred = server.call('wait')
    server.cast('fail')
    const queued = [server.call('read'), server.call('inc', undefined, { timeout: Infinity })]
    server.cast('add')

    expect(await settled(deferred)).toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    for (const call of queued)
      expect(await settled(call)).toMatchObject({
        code: 'PEEPER_SERVER_DOWN',
        reason: { code: 'PEEPER_RESTART_INTENSITY', cause: { message: 'it broke' } },
      })
    expect(letters).toEqual(['add'])
    expect(chronicle.types('one')).toEqual(['started', 'crashed', 'down'])
    expect(chronicle.of('crashed')).toMatchObject([{ message: "cast 'fail'", restartsLeft: 0 }])
    expect(engine.health()).toEqual({ healthy: false, down: ['one'] })
    expect(server.status()).toMatchObject({ status: 'down', state: { n: 2 } })
  })

  test('refuses at once what comes later, whatever the timeout, and casts become dead letters', async () => {
    const server = await begin({ maxRestarts: 0 })
    server.cast('fail')
    await clock.advance(0)
    const letters: unknown[] = []
    engine.deadLetters$.subscribe(({ message, reason }) => letters.push([message, reason]))
    const timers = clock.pending
    for (const timeout of [0, 77, Infinity])
      expect(await settled(server.call('read', undefined, { timeout }))).toMatchObject({
        code: 'PEEPER_SERVER_DOWN',
      })
    server.cast('add')
    expect(letters).toEqual([['add', expect.objectContaining({ code: 'PEEPER_SERVER_DOWN' })]])
    expect(clock.pending).toBe(timers)
  })

  test('is brought back by start with its state, its budget whole, and health turns green', async () => {
    const server = await begin({ maxRestarts: 1 })
    await server.call('inc')
    for (let crash = 0; crash < 2; crash += 1) {
      server.cast('fail')
      await clock.advance(0)
    }
    expect(server.status().status).toBe('down')
    expect(await engine.start('one')).toBe(server)
    expect(server.status()).toMatchObject({ status: 'running', worker: 3, restartsLeft: 1 })
    await expect(server.call('inc')).resolves.toBe(3)
    expect(engine.health()).toEqual({ healthy: true, down: [] })
  })

  test('can be brought back by the very caller that hears of it', async () => {
    const server = await begin({ maxRestarts: 0 })
    server.cast('fail')
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
    await engine.start('one')
    await expect(server.call('read')).resolves.toBe(1)
  })

  test('starts anew with reset', async () => {
    const server = await begin({ maxRestarts: 0 })
    await server.call('inc')
    server.cast('fail')
    await clock.advance(0)
    await engine.start('one', { reset: true })
    await expect(server.call('read')).resolves.toBe(1)
  })

  test('rejects the handler it interrupts with the reason of its own exit', async () => {
    const server = await begin({ maxRestarts: 0 })
    const hanging = server.call('hang', undefined, { timeout: Infinity })
    await clock.advance(0)
    server.exit('kill')
    expect(await settled(hanging)).toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason: 'kill' })
    await clock.advance(0)
    expect(server.status().status).toBe('down')
  })
})

test('by default a server survives 1 000 crashes in 10 s, and no more', async () => {
  const server = await begin({})
  for (let crash = 0; crash < 1_000; crash += 1) server.cast('fail')
  await expect(server.call('inc')).resolves.toBe(2)
  expect(server.status()).toMatchObject({ status: 'running', worker: 1_001, restartsLeft: 0 })
  server.cast('fail')
  await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
  expect(chronicle.of('crashed').map(({ restartsLeft }) => restartsLeft)).toEqual([
    ...Array.from({ length: 1_000 }, (_, index) => 999 - index),
    0,
  ])
})

test('after 10 s the window is empty again', async () => {
  const server = await begin({})
  for (let crash = 0; crash < 1_000; crash += 1) server.cast('fail')
  await server.call('read')
  await clock.advance(10_000)
  server.cast('fail')
  await expect(server.call('read')).resolves.toBe(1)
})
