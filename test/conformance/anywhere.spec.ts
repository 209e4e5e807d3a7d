import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, type Keeper, type Server, type ServerOptions } from 'nestjs-peeper/engine'
import { filter, firstValueFrom, map } from 'rxjs'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { album, nextAlbum, type Album } from './album.js'
import { Refused } from './diary.js'
import { anywhere, type Anywhere } from './anywhere.js'
import { places } from './places.js'

const forEver = { timeout: Infinity }
const first: Album = { log: [] }

/** A chapter a test, in real time: where the rest of this folder cannot go, for its handlers share memory with the test. */
describe.each(anywhere)('a server that lives anywhere ($name)', ({ level, keeper }: Anywhere) => {
  let kept: Keeper
  let engine: Engine
  let server: Server
  const open = async (options: Partial<ServerOptions> = {}): Promise<void> => {
    engine = new Engine({
      keeper: kept,
      isolation: { entry: places, threads: 1, spares: 0 },
      init: { timeout: 60_000 },
    })
    server = await engine.start({
      name: 'one',
      hostedAs: 'album',
      isolation: level,
      state: first,
      callbacks: album,
      refuses: [Refused],
      ...options,
    })
  }
  beforeEach(async () => {
    kept = controlledKeeper(keeper()).keeper
    await open()
  })
  afterEach(() => engine.close())
  const call = (message: string, payload?: unknown): Promise<unknown> =>
    server.call(message, payload, forEver)
  const logged = (line: string): Promise<readonly string[]> =>
    firstValueFrom(
      server.changes$.pipe(
        map(state => (state as Album).log),
        filter(log => log.includes(line)),
      ),
    )

  test('crashes: the caller is told why, the next life has what was told before', async () => {
    expect(await call('add', 'a')).toBe(2)
    await expect(call('throw')).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      reason: { name: 'RangeError', message: 'thrown', code: 'E_THROWN', cause: { message: 'why' } },
    })
    expect(await call('read')).toEqual(['life 1', 'a'])
  })

  test('refuses: with its class, and nothing restarts', async () => {
    const refused = await call('refuse', 'no').catch((error: unknown) => error)
    expect([refused instanceof Refused, (refused as Error).message]).toEqual([true, 'no'])
    expect(server.status().worker).toBe(1)
  })

  test.each([
    ['later', 'after'],
    ['idle', 'timeout'],
    ['remind', 'reminded'],
  ])('asks for something in a while: %s', async (message, line) => {
    const told = logged(line)
    await call(message)
    expect(await told).toEqual(['life 1', line])
  })

  test('owes a reply, and gives it in a later message', async () => {
    const owed = call('owe')
    await call('pay', 'paid')
    expect(await owed).toBe('paid')
  })

  test('stops by itself, and is started again with its state', async () => {
    await call('add', 'a')
    expect(await call('leave')).toBe('bye')
    await server.stop()
    await engine.start('one')
    expect(await call('read')).toEqual(expect.arrayContaining(['life 1', 'a']))
  })

  test('is asked again with an id, also after the application has ended: it runs once', async () => {
    const ask = (): Promise<unknown> => server.call('add', 'a', { ...forEver, id: 'r1' })
    expect([await ask(), await ask()]).toEqual([2, 2])
    await engine.close()
    await open()
    expect(await ask()).toBe(2)
    expect(((await call('read')) as string[]).filter(line => line === 'a')).toEqual(['a'])
  })

  test('is upgraded when the next application has a newer version', async () => {
    await call('add', 'a')
    await engine.close()
    await open({ version: 2, hostedAs: 'next album', callbacks: nextAlbum })
    expect((await call('read')) as string[]).toEqual(['0 life 1', '1 a'])
  })

  test('is one of many by key: each has its own state, leaves memory and comes back', async () => {
    const lots = engine.family({ name: 'album', isolation: level, state: first, callbacks: album, idle: 20 })
    await Promise.all(['x', 'y'].map(key => lots.for(key).call('add', key, forEver)))
    while (lots.resident().length > 0) await new Promise(setImmediate)
    expect(await lots.for('x').call('read', undefined, forEver)).toContain('x')
    expect(await lots.for('y').call('read', undefined, forEver)).toContain('y')
  })
})
