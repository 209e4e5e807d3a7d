import { expect, test } from '@jest/globals'
import { Engine, type Server } from 'nestjs-peeper/engine'
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
