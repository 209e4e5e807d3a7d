import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, type PeeperEvent, type Server, type ServerOptions } from 'nestjs-peeper/engine'
import { filter, firstValueFrom } from 'rxjs'
import { callbacks } from './callbacks.js'

const entry = new URL('./hosted.js', import.meta.url)
const patient = { timeout: 60_000 }
const forEver = { timeout: Infinity }

/** Real threads and processes, in real time: a short deadline only makes the tests short. */
describe.each(['thread', 'process'] as const)('what a %s does to its servers', level => {
  let engine: Engine
  let events: PeeperEvent[]

  const open = (isolation: object = {}): void => {
    engine = new Engine({
      isolation: { entry, threads: 1, deadline: 1_000, spares: 0, ...isolation },
      init: { timeout: 60_000 },
    })
    engine.events$.subscribe(event => events.push(event))
  }
  const start = (name: string, options: Partial<ServerOptions> = {}): Promise<Server> =>
    engine.start({ name, state: { n: 0, seen: new Map() }, callbacks, isolation: level, ...options })
  const where = (server: Server): Promise<unknown> => server.call('where', undefined, patient)
  const crashes = (): unknown[] =>
    events.flatMap(event =>
      event.type === 'crashed'
        ? [[event.server, (event.reason as { how?: string }).how, event.restartsLeft]]
        : [],
    )

  beforeEach(() => {
    events = []
    open()
  })
  afterEach(() => engine.close(0))

  test('an endless loop is found, its caller is told, and its server goes on elsewhere with its state', async () => {
    const server = await start('counter')
    await server.call('inc')
    const before = await where(server)
    const hung = server.call('hang', undefined, forEver)
    const next = server.call('read', undefined, forEver)
    await expect(hung).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      reason: { code: 'PEEPER_WORKER_LOST', how: 'hung', suspects: ['counter'] },
    })
    expect(await next).toBe(1)
    expect(await where(server)).not.toEqual(before)
  })

  test('a handler that awaits for long has not hung', async () => {
    const server = await start('counter')
    expect(await server.call('sleep', 3_000, patient)).toBe('slept')
    expect(crashes()).toEqual([])
  })

  test('the one whose handler ran pays for it from its own restarts; who was there beside it does not', async () => {
    const [server, beside] = await Promise.all([
      start('counter', { maxRestarts: 3 }),
      start('neighbour', { maxRestarts: 0 }),
    ])
    await beside.call('inc')
    await server.call('exit', undefined, forEver).catch(() => undefined)
    expect(await beside.call('read', undefined, patient)).toBe(1)
    expect(await server.call('read', undefined, patient)).toBe(0)
    expect(crashes()).toEqual(
      expect.arrayContaining([
        ['counter', 'exited', 2],
        ['neighbour', 'exited', 0],
      ]),
    )
  })

  test('of several suspects each is started apart, until it has answered', async () => {
    const [server, beside] = await Promise.all([
      start('counter', { maxRestarts: 0 }),
      start('neighbour', { maxRestarts: 0 }),
    ])
    const waits = beside.call('await', undefined, forEver)
    const exits = server.call('exit', undefined, forEver)
    const suspects = expect.objectContaining({ suspects: expect.arrayContaining(['counter', 'neighbour']) })
    await expect(exits).rejects.toMatchObject({ reason: suspects })
    await expect(waits).rejects.toMatchObject({ reason: suspects })
    expect(await where(server)).not.toEqual(await where(beside))
    // Alone it is the only suspect: no restart is left.
    await expect(server.call('exit', undefined, forEver)).rejects.toMatchObject({
      reason: { suspects: ['counter'] },
    })
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
    expect(await beside.call('read', undefined, patient)).toBe(0)
  })

  test("exit('kill') ends an endless loop, long before the deadline", async () => {
    await engine.close()
    open({ deadline: Infinity })
    const server = await start('counter')
    const hung = server.call('hang', undefined, forEver)
    await server.call('status', undefined, { timeout: 1 }).catch(() => undefined)
    server.exit('kill')
    await expect(hung).rejects.toMatchObject({ reason: 'kill' })
    expect(await server.call('read', undefined, patient)).toBe(0)
  })

  test('out of memory is told as such', async () => {
    await engine.close()
    open({ resourceLimits: { maxOldGenerationSizeMb: 64 } })
    const server = await start('counter')
    await expect(server.call('fill', undefined, forEver)).rejects.toMatchObject({
      reason: { how: 'out of memory', message: expect.stringContaining('out of memory') },
    })
    expect(await server.call('read', undefined, patient)).toBe(0)
  }, 60_000)

  test('a dedicated one is alone, and ends with its life', async () => {
    const [server, beside, third] = await Promise.all([
      start('counter', { isolation: { in: level, dedicated: true } }),
      start('neighbour', { isolation: { in: level, dedicated: true } }),
      start('third'),
    ])
    const places = await Promise.all([server, beside, third].map(where))
    expect(new Set(places.map(place => JSON.stringify(place))).size).toBe(3)
    await server.call('exit', undefined, forEver).catch(() => undefined)
    expect(await where(beside)).toEqual(places[1])
  })

  test('with a spare the next one is there already when the first has ended', async () => {
    await engine.close()
    open({ spares: 1 })
    const server = await start('counter')
    const used = new Set<string>()
    for (let life = 1; life <= 4; life += 1) {
      used.add(JSON.stringify(await where(server)))
      await server.call('exit', undefined, forEver).catch(() => undefined)
      expect(await server.call('read', undefined, patient)).toBe(0)
    }
    expect(used.size).toBe(4)
  })

  test('what a life leaves behind is answered still', async () => {
    const server = await start('counter')
    const twice = firstValueFrom(server.changes$.pipe(filter(state => (state as { n: number }).n === 2)))
    await server.call('leave', 200)
    server.exit('shutdown')
    await twice
  })
})
