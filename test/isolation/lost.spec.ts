import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  test.each([
    ['hang', 'hung'],
    ['exit', 'exited'],
  ])(
    'what was put off until a commit may %s too: that is found, and what was committed stays',
    async (how, lost) => {
      const server = await start('counter', { maxRestarts: 1, shutdown: 'infinity' })
      expect(await server.call('endAfterwards', how)).toBeUndefined()
      await server.drained()
      expect(crashes()).toEqual([['counter', lost, 0]])
      expect(await server.call('read', undefined, patient)).toBe(1)
    },
  )

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

  test('who ends it by itself is known, whoever else awaits something there', async () => {
    const [server, beside] = await Promise.all([
      start('counter', { maxRestarts: 1 }),
      start('neighbour', { maxRestarts: 0 }),
    ])
    const waits = beside.call('await', undefined, forEver)
    await expect(server.call('timer', undefined, forEver)).rejects.toMatchObject({
      reason: { suspects: ['counter'] },
    })
    await expect(waits).rejects.toMatchObject({ reason: { suspects: ['counter'] } })
    expect(await beside.call('read', undefined, patient)).toBe(0)
    await expect(server.call('exit', undefined, patient)).rejects.toMatchObject({
      reason: { suspects: ['counter'] },
    })
    await expect(server.call('read')).rejects.toMatchObject({ code: 'PEEPER_SERVER_DOWN' })
    expect(await beside.call('read', undefined, patient)).toBe(0)
  })

  test('one that hangs as soon as it runs is known too, and who waits behind it is none', async () => {
    const [server, beside] = await Promise.all([start('counter'), start('neighbour', { maxRestarts: 0 })])
    const hung = server.call('hang', undefined, forEver)
    const behind = beside.call('inc', undefined, forEver)
    await expect(hung).rejects.toMatchObject({ reason: { how: 'hung', suspects: ['counter'] } })
    await expect(behind).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    expect(await beside.call('read', undefined, patient)).toBe(0)
  })

  test('one that goes on talking has hung all the same', async () => {
    const server = await start('counter')
    await expect(server.call('babble', undefined, forEver)).rejects.toMatchObject({ reason: { how: 'hung' } })
  })

  test('who starts there while another hangs starts when that was found out', async () => {
    const server = await start('counter')
    await engine.call('counter', 'read')
    const hung = server.call('hang', undefined, forEver)
    const beside = await start('neighbour', { init: { timeout: 300, retries: 0 } })
    await expect(hung).rejects.toMatchObject({ reason: { how: 'hung' } })
    expect(await beside.call('inc', undefined, patient)).toBe(1)
  })

  test('one that never becomes ready is told of as such, and not waited for', async () => {
    await engine.close()
    open({ entry: new URL('./never-ready.js', import.meta.url), bootTimeout: 300 })
    await expect(start('counter', { init: { retries: 1 } })).rejects.toMatchObject({
      code: 'PEEPER_INIT_FAILED',
      cause: { how: 'hung', message: expect.stringContaining('It had not started') },
    })
  })

  test('one that takes long to become ready does so in no time of init', async () => {
    await engine.close()
    open({ entry: new URL('./slow.js', import.meta.url), deadline: 10_000 })
    const server = await start('counter', { init: { timeout: 1_000, retries: 0 } })
    expect(await server.call('inc')).toBe(1)
  })

  test('of many suspects not every one gets a place of its own', async () => {
    const family = engine.family({
      name: 'counter',
      state: { n: 0, seen: new Map() },
      callbacks,
      isolation: level,
    })
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`)
    const waits = keys.map(key =>
      family.for(key).call(key === 'k0' ? 'hangLater' : 'await', undefined, forEver),
    )
    const outcomes = await Promise.allSettled(waits)
    expect(outcomes.map(({ status }) => status)).toEqual(keys.map(() => 'rejected'))
    const places = await Promise.all(keys.map(key => family.for(key).call('where', undefined, patient)))
    expect(new Set(places.map(String)).size).toBeLessThanOrEqual(10)
  }, 60_000)

  test('of several suspects each is started apart, until it has answered', async () => {
    const [server, beside] = await Promise.all([
      start('counter', { maxRestarts: 0 }),
      start('neighbour', { maxRestarts: 0 }),
    ])
    const waits = beside.call('await', undefined, forEver)
    const exits = server.call('hangLater', undefined, forEver)
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
    const waits = server.call('inc', undefined, forEver) // sent ahead
    await server.call('status', undefined, { timeout: 1 }).catch(() => undefined)
    server.exit('kill')
    await expect(hung).rejects.toMatchObject({ reason: 'kill' })
    expect(await waits).toBe(1)
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

  test('a dedicated one says its last words, and runs what waited for its commit', async () => {
    const server = await start('counter', { isolation: { in: level, dedicated: true } })
    const diary = join(mkdtempSync(join(tmpdir(), 'peeper-')), 'diary')
    await server.call('keepDiary', diary)
    await server.call('afterwards', diary)
    server.exit('over')
    expect(await server.call('read', undefined, patient)).toBe(1)
    await engine.close()
    expect(readFileSync(diary, 'utf8')).toBe('committed\nexit\n')
  })
})

test('a process that leaves a child behind which holds its stderr has ended all the same', async () => {
  const engine = new Engine({ isolation: { entry, spares: 0 }, init: { timeout: 60_000 } })
  const state = { n: 0, seen: new Map() }
  const server = await engine.start({ name: 'counter', state, callbacks, isolation: 'process' })
  await expect(server.call('leaveChild', undefined, forEver)).rejects.toMatchObject({
    reason: { how: 'exited' },
  })
  await engine.close()
})
