import { expect, test } from '@jest/globals'
import { Engine, memoryKeeper, type Server } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { latch } from '../support/latch.js'

const closing = { code: 'PEEPER_SERVER_CLOSING', message: expect.stringContaining("'late'") }

test('a closed engine starts no server', async () => {
  const engine = new Engine({ clock: simulatedClock() })
  await engine.close()
  await expect(engine.start({ name: 'late', callbacks: {} })).rejects.toMatchObject(closing)
  expect(engine.servers()).toEqual([])
})

test('an engine that closes starts no server for outsiders, but those that accepted messages ask for', async () => {
  const engine = new Engine({ clock: simulatedClock() })
  const gate = latch()
  const started: string[] = []
  const callbacks = {
    cast: {
      wait: () => gate.opened,
      begin: async () => {
        started.push((await engine.start({ name: 'child', callbacks: {} })).name)
      },
    },
  }
  const server: Server = await engine.start({ name: 'one', callbacks })
  server.cast('wait')
  server.cast('begin')
  await Promise.resolve()
  const closed = engine.close()
  gate.open()
  await server.drained()
  await expect(engine.start({ name: 'late', callbacks: {} })).rejects.toMatchObject(closing)
  await closed
  expect(started).toEqual(['child'])
})

test('a keeper that cannot close rejects the close, when all else has ended', async () => {
  const broken = new Error('disk full')
  const gate = latch()
  const ended: string[] = []
  const closing = (close: () => Promise<void>) => Object.assign(memoryKeeper(), { close })
  const engine = new Engine({ clock: simulatedClock(), keeper: closing(() => Promise.reject(broken)) })
  const slow = closing(async () => {
    await gate.opened
    ended.push('the other keeper')
  })
  const server = await engine.start({ name: 'one', callbacks: {}, keeper: slow })
  engine.events$.subscribe({ complete: () => ended.push('events$') })
  engine.deadLetters$.subscribe({ complete: () => ended.push('deadLetters$') })
  server.changes$.subscribe({ complete: () => ended.push('changes$') })
  const closed = expect(engine.close()).rejects.toBe(broken)
  gate.open()
  await closed
  expect(ended).toEqual(['the other keeper', 'events$', 'deadLetters$', 'changes$'])
})

test.each([NaN, -1, '10' as never, null as never])(
  'a timeout of %p closes and drains nothing',
  async timeout => {
    const engine = new Engine({ clock: simulatedClock() })
    const server = await engine.start({ name: 'one', callbacks: { call: { read: () => 1 } } })
    await expect(engine.drain(timeout)).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
    await expect(engine.close(timeout)).rejects.toMatchObject({ code: 'PEEPER_BAD_OPTION' })
    expect(await server.call('read')).toBe(1)
    await engine.close()
  },
)
