import { beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, type Server, type Shutdown, Supervisor } from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { Chronicle } from '../support/chronicle.js'
import { Troupe } from '../support/troupe.js'

let clock: SimulatedClock
let engine: Engine
let chronicle: Chronicle
let said: string[]
let finish: () => void

beforeEach(() => {
  clock = simulatedClock()
  engine = new Engine({ clock })
  chronicle = new Chronicle(engine.events$)
  said = []
})

/** A server whose `terminate` lasts until `finish` is called. */
const begin = (name: string, shutdown: Shutdown | undefined): Promise<Server> =>
  engine.start({
    name,
    state: 1,
    shutdown,
    callbacks: {
      call: { read: (n: number) => n },
      cast: {
        fail: () => {
          throw new Error('it broke')
        },
      },
      terminate: () => {
        said.push(`terminate ${name}`)
        return new Promise<void>(resolve => (finish = resolve))
      },
    },
    listener: { onTerminate: () => said.push(`told of ${name}`) },
  })

describe('terminate', () => {
  test.each<[string, Shutdown | undefined, number]>([
    ['its shutdown time', 100, 100],
    ['5 000 ms by default', undefined, 5_000],
  ])('is left behind after %s, which is reported, and the next life starts', async (_, shutdown, limit) => {
    const server = await begin('one', shutdown)
    server.cast('fail')
    const next = server.call('read', undefined, { timeout: Infinity })
    await clock.advance(limit - 1)
    expect(server.status().status).toBe('restarting')
    expect(said).toEqual(['terminate one'])
    await clock.advance(1)
    await expect(next).resolves.toBe(1)
    expect(said).toEqual(['terminate one', 'told of one'])
    expect(chronicle.of('error')).toMatchObject([
      { server: 'one', where: 'terminate', error: { code: 'PEEPER_TERMINATE_TIMEOUT' } },
    ])
  })

  test("is waited for as long as it takes with 'infinity'", async () => {
    const server = await begin('one', 'infinity')
    server.cast('fail')
    const next = server.call('read', undefined, { timeout: Infinity })
    await clock.advance(1e9)
    expect(server.status().status).toBe('restarting')
    finish()
    await expect(next).resolves.toBe(1)
    expect(chronicle.of('error')).toEqual([])
  })

  test("does not run with 'brutal_kill'; listeners are told all the same", async () => {
    const server = await begin('one', 'brutal_kill')
    await server.stop()
    expect(said).toEqual(['told of one'])
    expect(server.status().status).toBe('stopped')
  })

  test('that is in time leaves no timer behind', async () => {
    const server = await begin('one', 100)
    const timers = clock.pending
    const stopped = server.stop('normal', Infinity)
    await clock.advance(0)
    finish()
    await stopped
    expect(clock.pending).toBe(timers)
    expect(chronicle.of('error')).toEqual([])
  })
})

test('close ends the servers one by one, the last started first, each within its own time', async () => {
  for (const [name, shutdown] of Object.entries({ a: 100, b: 'brutal_kill', c: 300 } as const))
    await begin(name, shutdown)
  const closed = engine.close()
  await clock.advance(299)
  expect(said).toEqual(['terminate c'])
  await clock.advance(1)
  expect(said).toEqual(['terminate c', 'told of c', 'told of b', 'terminate a'])
  await clock.advance(100)
  await closed
  expect(said.at(-1)).toBe('told of a')
})

test('two who stop a server wait for the same end, which is told once', async () => {
  const server = await begin('one', 'infinity')
  const ends = [server.stop('normal', 50), server.stop('normal', 70), engine.close()]
  let done = 0
  for (const end of ends) void end.then(() => (done += 1))
  await clock.advance(1_000)
  expect(done).toBe(0)
  finish()
  await Promise.all(ends)
  expect(said).toEqual(['terminate one', 'told of one'])
  expect(chronicle.types('one')).toEqual(['started', 'stopped'])
})

test('a supervisor hands each child its own deadline, and a brutal kill of its own to all', async () => {
  const troupe = new Troupe()
  const supervisor = new Supervisor({
    name: 'top',
    clock,
    children: [
      troupe.spec('a'),
      troupe.spec('b', { shutdown: 20 }),
      troupe.spec('c', { shutdown: 'brutal_kill' }),
      troupe.spec('d', { type: 'supervisor' }),
    ],
  })
  await supervisor.start()
  troupe.news()
  await supervisor.stop({ shutdown: 'moved' })
  const ends = { d: 'infinity', c: 'brutal_kill', b: '20', a: '5000' }
  expect(troupe.news()).toEqual(
    Object.entries(ends).map(([id, shutdown]) => `stop ${id} (other, ${shutdown})`),
  )
  await supervisor.start()
  troupe.news()
  await supervisor.stop('shutdown', 'brutal_kill')
  expect(troupe.news()).toEqual(['d', 'c', 'b', 'a'].map(id => `stop ${id} (shutdown, brutal_kill)`))
})

test('a server that its supervisor kills brutally says no last words, whatever its own shutdown', async () => {
  const spec = engine.child({
    name: 'one',
    shutdown: 'infinity',
    callbacks: { terminate: () => said.push('terminate') },
  })
  const supervisor = new Supervisor({ name: 'top', clock, children: [{ ...spec, shutdown: 'brutal_kill' }] })
  await supervisor.start()
  await supervisor.stop()
  expect(said).toEqual([])
  expect(engine.whereis('one')?.status().status).toBe('stopped')
})
