import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, type PeeperEvent, type Server, type ServerOptions } from 'nestjs-peeper/engine'
import { filter, firstValueFrom } from 'rxjs'
import { callbacks, deep } from './callbacks.js'
import { Graph } from './graph.js'

const entry = new URL('./hosted.js', import.meta.url)
const state = { n: 0, seen: new Map() }
const patient = { timeout: 60_000 }

describe.each(['thread', 'process'] as const)('a server in a %s', level => {
  let engine: Engine
  let events: PeeperEvent[]

  beforeEach(() => {
    events = []
    engine = new Engine({ isolation: { entry, threads: 2, spares: 0 }, init: { timeout: 60_000 } })
    engine.events$.subscribe(event => events.push(event))
  })
  afterEach(() => engine.close())

  const start = (options: Partial<ServerOptions> = {}): Promise<Server> =>
    engine.start({ name: 'counter', state, callbacks, isolation: level, ...options })
  const crash = (): Promise<PeeperEvent> =>
    firstValueFrom(engine.events$.pipe(filter(({ type }) => type === 'crashed')))

  test('handles its messages there, and looks as any other', async () => {
    const server = await start()
    const [pid, thread] = (await server.call('where')) as number[]
    expect(pid === process.pid).toBe(level === 'thread')
    expect(thread === 0).toBe(level === 'process')
    server.cast('inc')
    expect(await server.call('inc', 5)).toBe(6)
    expect(server.status()).toMatchObject({
      revision: 3,
      state: { n: 6, seen: new Map([['+5', new Date(5)]]) },
    })
    expect(await server.call('wait')).toBe('later')
    await expect(server.call('nothing')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_MESSAGE' })
    expect(await server.call('stop')).toBe('bye')
  })

  test('is sent data, and sends it, as it is', async () => {
    const server = await start()
    const payload = {
      at: new Date(7),
      bytes: Buffer.from('x'),
      all: new Set([-0, NaN, 1n]),
      error: new TypeError('t'),
    }
    expect(await server.call('echo', payload)).toEqual(payload)
  })

  test('is sent instances of declared types, also of those that contain themselves', async () => {
    const server = await start({ types: [Graph] })
    const { graph } = (await server.call('echo', { graph: new Graph('x') })) as { graph: Graph }
    expect([graph instanceof Graph, graph.name, graph.self === graph]).toEqual([true, 'x', true])
  })

  test('is told that what it was answered does not hold there, and goes on', async () => {
    const server = await start({ types: [Graph] })
    expect(await server.call('askForFrail', undefined, patient)).toBe('it does not hold')
    expect(await server.call('inc', undefined, patient)).toBe(1)
  })

  test('that crashes tells why: class, message, code and cause; what it did never happened', async () => {
    const server = await start()
    await server.call('inc')
    await expect(server.call('boom')).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      reason: { name: 'RangeError', message: 'no', code: 'E_NO', cause: { message: 'why' } },
    })
    expect(await server.call('read')).toBe(1)
  })

  test('that ends its thread is started again in another, with its state, and so are those beside it', async () => {
    const [one, two, three] = await Promise.all([
      start(),
      start({ name: 'neighbour' }),
      start({ name: 'unknown' }).catch(() => undefined),
    ])
    expect(three).toBeUndefined() // nobody hosts it
    await Promise.all([one.call('inc', 2), two.call('inc', 3)])
    await expect(one.call('exit', undefined, patient)).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      reason: { code: 'PEEPER_WORKER_LOST' },
    })
    expect(await one.call('read', undefined, patient)).toBe(2)
    expect(await two.call('read', undefined, patient)).toBe(3)
    expect(one.status().worker).toBe(2)
  })

  test('whose stray work throws loses its thread, not what was acknowledged', async () => {
    const server = await start()
    const crashed = crash()
    expect(await server.call('stray')).toBe(1)
    expect(await crashed).toMatchObject({
      reason: {
        code: 'PEEPER_WORKER_LOST',
        suspects: ['counter'],
        cause: { message: expect.stringContaining('from a timer') },
      },
    })
    expect(await server.call('read', undefined, patient)).toBe(1)
  })

  test.each(['cycle', 'getter', 'itself'] as const)(
    'throws what is hard to tell of (%s): it crashes, and nothing beside it',
    async what => {
      const [server, beside] = [await start(), await start({ name: 'neighbour', maxRestarts: 0 })]
      await expect(server.call('throw', what)).rejects.toMatchObject({
        code: 'PEEPER_SERVER_EXITED',
        reason: { name: 'Error', message: expect.stringMatching(/one|computed|itself/) },
      })
      expect(await server.call('read')).toBe(0)
      expect(beside.status().worker).toBe(1)
    },
  )

  test('is ended by an error that contains itself', async () => {
    const server = await start()
    const error = new Error('itself') as Error & { self?: unknown }
    error.self = error
    const waits = server.call('await')
    await server.call('read', undefined, { timeout: 1 }).catch(() => undefined)
    server.exit(error)
    await expect(waits).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED', reason: { message: 'itself' } })
    expect(await server.call('read')).toBe(0)
  })

  test('may be asked by what a handler left behind while the next one runs: that is no cycle', async () => {
    const server = await start({ reaches: true })
    const diary = join(mkdtempSync(join(tmpdir(), 'peeper-')), 'diary')
    await server.call('askLater', diary)
    await server.call('sleep', 300)
    for (let turns = 0; turns < 3; turns += 1) await server.call('read')
    expect(readFileSync(diary, 'utf8')).toBe('fine\n')
  })

  test('keeps, is sent and loads data as deep as any', async () => {
    const server = await start()
    expect(await server.call('echo', deep(1_000))).toEqual(deep(1_000))
    await server.call('keepDeep', 999)
    await server.call('exit').catch(() => undefined)
    expect(await server.call('bid', [1, 'ann'], patient)).toBe(2)
  })

  test('has its tables and its dictionary there, also after its thread has ended', async () => {
    const server = await start()
    expect(await server.call('bid', [1, 'ann'])).toBe(1)
    await server.call('exit').catch(() => undefined)
    expect(await server.call('bid', [2, 'bob'], patient)).toBe(2)
    expect(await server.call('all')).toEqual([
      [
        [1, 'ann'],
        [2, 'bob'],
      ],
      'bob',
    ])
    expect([...engine.table('counter', 'bids')]).toEqual([
      [1, 'ann'],
      [2, 'bob'],
    ])
  })

  test('calls servers of this thread: data and errors are there what they are here', async () => {
    const server = await start()
    expect(await server.call('talk')).toEqual([true, true, 'PEEPER_NO_SUCH_MESSAGE', 'PEEPER_NOT_DATA'])
  })

  test('finds the cycle of a call to itself', async () => {
    const server = await start({ reaches: true })
    await expect(server.call('neighbour', 'read')).rejects.toMatchObject({
      reason: { code: 'PEEPER_CALL_CYCLE' },
    })
  })

  test('that nobody hosts fails its start at once, and says so', async () => {
    await start() // another one is hosted
    engine.declare({ name: 'unknown', callbacks: { call: {} }, isolation: level })
    for (const _ of [1, 2])
      await expect(engine.start('unknown')).rejects.toMatchObject({ cause: { code: 'PEEPER_NOT_HOSTED' } })
    expect(events.filter(({ type }) => type === 'init-failed')).toHaveLength(2)
  })

  test('needs an engine that knows what its threads run', () => {
    const bare = new Engine()
    const declare = () => bare.declare({ name: 'counter', callbacks, isolation: level })
    expect(declare).toThrow(expect.objectContaining({ code: 'PEEPER_BAD_OPTION' }))
  })
})
