import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, memoryKeeper, type ServerOptions } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'

const broken = new Error('no database')
let engine: Engine
let options: ServerOptions
let works: boolean

beforeEach(() => {
  engine = new Engine({ clock: simulatedClock() })
  works = false
  options = {
    name: 'one',
    state: 1,
    init: { retries: 0 },
    callbacks: {
      init: () => {
        if (!works) throw broken
      },
      call: { read: (n: number) => n },
    },
  }
})
afterEach(() => engine.close())

describe('a first start that fails', () => {
  const failed = { code: 'PEEPER_INIT_FAILED', cause: broken }

  test('of a server that was not known leaves none behind', async () => {
    await expect(engine.start(options)).rejects.toMatchObject(failed)
    expect(engine.servers()).toEqual([])
    expect(engine.health()).toEqual({ healthy: true, down: [] })
    expect(engine.countChildren().specs).toBe(0)
    await expect(engine.start('one')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_SERVER' })
    works = true
    const server = await engine.start({ ...options, state: 2 })
    expect(await server.call('read')).toBe(2)
  })

  test('of a declared one leaves it down', async () => {
    const server = engine.declare(options)
    await expect(engine.start('one')).rejects.toMatchObject(failed)
    expect(engine.health()).toEqual({ healthy: false, down: ['one'] })
    works = true
    expect(await engine.start('one')).toBe(server)
    expect(engine.health().healthy).toBe(true)
  })

  test('leaves one that was brought back by who heard of it', async () => {
    let again: Promise<unknown> | undefined
    engine.events$.subscribe(({ type }) => {
      if (type !== 'down' || works) return
      works = true
      again = Promise.resolve().then(() => engine.start('one'))
    })
    await engine.start(options).catch(() => undefined) // that one may have failed or be overtaken
    expect(await again).toBe(engine.whereis('one'))
    expect(await engine.call('one', 'read')).toBe(1)
  })

  test('at its reset or its first state leaves none behind either', async () => {
    works = true
    const keeper = Object.assign(memoryKeeper(), { remove: () => Promise.reject(broken) })
    await expect(engine.start({ ...options, keeper }, { reset: true })).rejects.toBe(broken)
    await expect(engine.start(options, { state: () => 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/^PEEPER_/),
    })
    expect(engine.servers()).toEqual([])
  })
})

describe('a server that has ended', () => {
  test('is not started with other options than it was declared with', async () => {
    works = true
    const server = await engine.start(options)
    await expect(engine.start({ ...options })).rejects.toMatchObject({ code: 'PEEPER_ALREADY_STARTED' })
    await server.stop()
    await expect(engine.start({ ...options, state: 2 })).rejects.toMatchObject({
      code: 'PEEPER_BAD_OPTION',
      message: expect.stringContaining("start('one')"),
    })
    expect(server.status().status).toBe('stopped')
    expect(await engine.start(options)).toBe(server)
    await server.stop()
    expect(await engine.start('one', { state: 2, reset: true })).toBe(server)
    expect(await server.call('read')).toBe(2)
  })

  test('nor is one that was declared and never started', async () => {
    works = true
    const server = engine.declare(options)
    await expect(engine.start({ ...options })).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
    expect(await engine.start(options)).toBe(server)
  })
})
