import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Engine, type Family, type Server, type ServerOptions } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { filter, firstValueFrom, map } from 'rxjs'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { samples, types } from '../support/samples.js'
import { show } from '../support/show.js'
import { album, gallery, nextAlbum, type Album } from './album.js'
import { anywhere, type Anywhere } from './anywhere.js'
import { Refused } from './diary.js'
import { places } from './places.js'

const forEver = { timeout: Infinity }
const first: Album = { log: [] }
const fullDisk = new Error('disk full')

const directory = mkdtempSync(join(tmpdir(), 'peeper-anywhere-'))
let files = 0
const newFile = (): string => {
  const file = join(directory, String((files += 1)))
  writeFileSync(file, '')
  return file
}
const written = async (file: string, text: string): Promise<void> => {
  while (!readFileSync(file, 'utf8').includes(text)) await wait(5)
}
afterAll(() => {
  rmSync(directory, { recursive: true })
})

const call = (server: Server, message: string, payload?: unknown): Promise<unknown> =>
  server.call(message, payload, forEver)
const read = (server: Server): Promise<readonly string[]> =>
  call(server, 'read') as Promise<readonly string[]>
const logged = (server: Server, line: string): Promise<readonly string[]> =>
  firstValueFrom(
    server.changes$.pipe(
      map(state => (state as Album).log),
      filter(log => log.includes(line)),
    ),
  )

/** All chapters of this folder, in real time and in real places: the handlers share nothing with the test. */
describe.each(anywhere)('a server that lives anywhere ($name)', ({ level, keeper }: Anywhere) => {
  const store = controlledKeeper(keeper())
  let engine: Engine
  let servers = 0

  const newEngine = (): Engine =>
    new Engine({
      keeper: store.keeper,
      isolation: { entry: places, threads: 1, spares: 0 },
      init: { timeout: 60_000 },
    })
  const begin = (options: Partial<ServerOptions> = {}, on = engine): Promise<Server> =>
    on.start({
      name: `album${(servers += 1)}`,
      hostedAs: 'album',
      isolation: level,
      state: first,
      callbacks: album,
      refuses: [Refused],
      ...options,
    })
  /** One that has a file to write to. */
  const beginWriting = async (): Promise<{ server: Server; file: string }> => {
    const file = newFile()
    return { file, server: await begin({ state: { ...first, file } }) }
  }
  const started = ({ name }: Server): Promise<unknown> =>
    firstValueFrom(engine.events$.pipe(filter(event => event.type === 'started' && event.server === name)))
  beforeAll(() => {
    engine = newEngine()
  })
  afterAll(() => engine.close(0))

  test('handles messages of every kind in the order they were sent, and what a handler has follow', async () => {
    const server = await begin()
    server.cast('add', 'a')
    const chained = call(server, 'chain')
    server.send('tick', 'b')
    expect(await chained).toBe('chained')
    expect(await read(server)).toEqual(['life 1', 'a', 'and on', 'b'])
  })

  test('knows itself', async () => {
    const server = await begin()
    const { name } = server
    const born = { name, key: undefined, restarts: 0, cause: undefined, self: name }
    expect(await call(server, 'whoAmI')).toEqual(born)
    await call(server, 'throw').catch(() => undefined)
    expect(await call(server, 'whoAmI')).toEqual({ ...born, restarts: 1, cause: 'thrown' })
  })

  test('crashes: the caller is told why, the next life has what was told before', async () => {
    const server = await begin()
    expect(await call(server, 'add', 'a')).toBe(2)
    await expect(call(server, 'throw')).rejects.toMatchObject({
      code: 'PEEPER_SERVER_EXITED',
      reason: { name: 'RangeError', message: 'thrown', code: 'E_THROWN', cause: { message: 'why' } },
    })
    expect(await read(server)).toEqual(['life 1', 'a'])
  })

  test('is ended in the middle of a handler, which is told by its signal: nothing of that has happened, what waits is served', async () => {
    const { server, file } = await beginWriting()
    const halved = expect(call(server, 'half')).rejects.toMatchObject({ reason: 'kill' })
    const added = call(server, 'add', 'a')
    await written(file, 'begun')
    server.exit('kill')
    await halved
    expect(await added).toBe(2)
    expect(await read(server)).toEqual(['life 1', 'a'])
    await written(file, 'aborted')
  })

  test('refuses: with its class, and nothing restarts', async () => {
    const server = await begin()
    const refused = await call(server, 'refuse', 'no').catch((error: unknown) => error)
    expect([refused instanceof Refused, (refused as Error).message]).toEqual([true, 'no'])
    expect(server.status().worker).toBe(1)
  })

  test('is asked for what it does not know', async () => {
    const server = await begin()
    await expect(call(server, 'unknown')).rejects.toMatchObject({ code: 'PEEPER_NO_SUCH_MESSAGE' })
    const letter = firstValueFrom(engine.deadLetters$.pipe(filter(({ server: to }) => to === server.name)))
    server.cast('unknown', 1)
    expect(await letter).toMatchObject({ server: server.name, message: 'unknown', payload: 1 })
  })

  test('has callers who do not wait for ever, and a mailbox that can be full', async () => {
    const server = await begin({ mailbox: { limit: 1 } })
    await expect(server.call('half', undefined, { timeout: 1 })).rejects.toMatchObject({
      code: 'PEEPER_CALL_TIMEOUT',
    })
    const added = call(server, 'add', 'a')
    await expect(call(server, 'add', 'b')).rejects.toMatchObject({ code: 'PEEPER_MAILBOX_FULL' })
    server.exit('kill')
    expect(await added).toBe(2)
  })

  test('fails to start when init does, and says why', async () => {
    await expect(begin({ state: { log: ['bad'] }, init: { retries: 0 } })).rejects.toMatchObject({
      code: 'PEEPER_INIT_FAILED',
      cause: { name: 'RangeError', message: 'bad album' },
    })
  })

  test.each([
    ['later', 'after'],
    ['idle', 'timeout'],
    ['remind', 'reminded'],
  ])('asks for something in a while: %s', async (message, line) => {
    const server = await begin()
    const told = logged(server, line)
    await call(server, message)
    expect(await told).toEqual(['life 1', line])
  })

  test('asks for something once it is committed', async () => {
    const server = await begin()
    const told = logged(server, 'committed')
    await call(server, 'once', 'committed')
    expect(await told).toEqual(['life 1', 'committed'])
  })

  test('is drained when that was served too, also if it has crashed meanwhile', async () => {
    const server = await begin()
    server.cast('once', 'a')
    await drained(server)
    expect(await read(server)).toEqual(['life 1', 'a'])
    server.cast('once', 'b')
    await Promise.all([expect(call(server, 'throw')).rejects.toThrow(), drained(server)])
    expect(await read(server)).toContain('b')
  })

  test('owes a reply, and gives it in a later message', async () => {
    const server = await begin()
    const owed = call(server, 'owe')
    await call(server, 'pay', 'paid')
    expect(await owed).toBe('paid')
  })

  test('does not tell what could not be kept, and it has not happened', async () => {
    const server = await begin()
    await call(server, 'add', 'a')
    store.failNext(fullDisk, { stored: false })
    await expect(call(server, 'add', 'b')).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    expect(await read(server)).toEqual(['life 1', 'a'])
  })

  test('may write behind', async () => {
    const server = await begin({ durability: 'write-behind' })
    const release = store.hold()
    expect(await call(server, 'add', 'a')).toBe(2)
    release()
    await drained(server)
    expect(await store.keeper.load(server)).toMatchObject({ state: { log: ['life 1', 'a'] } })
  })

  test('has tables and a dictionary: they outlive a crash, and what it wrote half-way is not in them', async () => {
    const server = await begin()
    await call(server, 'put', ['b', 2])
    await call(server, 'put', ['a', 1])
    await expect(call(server, 'putAndThrow', 'c')).rejects.toMatchObject({ code: 'PEEPER_SERVER_EXITED' })
    const [pages, last] = (await call(server, 'pages')) as [unknown[], string]
    expect([new Map(pages as [string, number][]), last]).toEqual([
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      'a',
    ])
  })

  test('holds a value of every permitted type, changes it in place, and is sent one', async () => {
    const server = await begin({ callbacks: gallery, hostedAs: 'gallery', types, refuses: [] })
    const changed = samples.map(({ make, change }) => {
      const value = make()
      change(value as never)
      return show(value)
    })
    expect(await call(server, 'show')).toEqual(samples.map(({ make }) => show(make())))
    expect(await call(server, 'change')).toEqual(changed)
    const next = started(server)
    server.exit('kill')
    await next
    const taken = (await call(server, 'take')) as object[]
    expect(taken.map(show)).toEqual(changed)
    expect(await call(server, 'same', taken)).toBe(true)
  })

  test('tells listeners and streams of each change, in order', async () => {
    const [told, seen]: [unknown[], unknown[]] = [[], []]
    const server = await begin({
      listener: {
        onStateChanged: (old: unknown, next: unknown, { message, revision }) =>
          void told.push([(old as Album).log.length, (next as Album).log.length, message, revision]),
      },
    })
    server.changes$.subscribe(state => seen.push((state as Album).log.at(-1)))
    server.cast('add', 'a')
    await read(server)
    server.cast('add', 'b')
    await drained(server)
    expect(told).toEqual([
      [1, 2, "cast 'add'", 2],
      [2, 3, "cast 'add'", 3],
    ])
    expect(seen).toEqual(['a', 'b'])
  })

  test('shows what its formatStatus lets be seen', async () => {
    const server = await begin()
    expect(server.status()).toMatchObject({ status: 'running', state: { lines: 1 }, revision: 1 })
  })

  test('hears of the end of one that it monitors, and ends with one that it is linked to', async () => {
    const [server, other] = [await begin(), await begin()]
    await call(server, 'monitor', other.name)
    const told = logged(server, `${other.name} is down: "kill"`)
    other.exit('kill')
    await told
    await read(other) // it is there again
    await call(server, 'link', other.name)
    const next = started(server)
    other.exit('kill')
    await next
    expect(await call(server, 'whoAmI')).toMatchObject({ restarts: 1, cause: 'killed' })
  })

  test('says its last words with the last committed state, and none after a kill', async () => {
    const { server, file } = await beginWriting()
    server.exit('kill')
    await call(server, 'add', 'a')
    await call(server, 'throw').catch(() => undefined)
    await read(server)
    await server.stop()
    expect(readFileSync(file, 'utf8')).toBe('life 1,a: "thrown"; life 1,a: "normal"; ')
  })

  test('stops by itself, and is started again with its state', async () => {
    const server = await begin()
    await call(server, 'add', 'a')
    expect(await call(server, 'leave')).toBe('bye')
    await server.stop()
    await engine.start(server.name)
    expect(await read(server)).toEqual(expect.arrayContaining(['life 1', 'a']))
  })

  describe('one of many by key', () => {
    let lots: Family
    beforeAll(() => {
      lots = engine.family({ name: 'album', isolation: level, state: first, callbacks: album, idle: 20 })
    })
    const ask = (key: string, message: string, payload?: unknown): Promise<unknown> =>
      lots.for(key).call(message, payload, forEver)
    const allGone = async (): Promise<void> => {
      while (lots.resident().length > 0) await wait(5)
    }

    test('has its own state, leaves memory and comes back', async () => {
      await Promise.all(['x', 'y'].map(key => ask(key, 'add', key)))
      await allGone()
      expect(await ask('x', 'read')).toContain('x')
      expect(await ask('y', 'read')).toContain('y')
      expect(await ask('y', 'whoAmI')).toMatchObject({ name: 'album', key: 'y', self: 'album' })
    })

    test('is reminded, also when it has left memory', async () => {
      await ask('z', 'remind')
      for (;;) {
        await allGone()
        if (((await ask('z', 'read')) as string[]).includes('reminded')) return
      }
    })

    test('stops: what is sent after that is served by its next life, with the state', async () => {
      await ask('s', 'add', 'a')
      expect(await ask('s', 'leave')).toBe('bye')
      expect(await ask('s', 'read')).toContain('a')
    })
  })

  // At last: an application that ends closes the keeper too.
  describe('when its application ends', () => {
    const ended: Engine[] = []
    afterAll(() => Promise.all(ended.map(each => each.close(0))))
    const again = async (name: string, options: Partial<ServerOptions> = {}): Promise<Server> => {
      const next = newEngine()
      ended.push(next)
      return begin({ name, ...options }, next)
    }
    const end = async (): Promise<void> => ended.at(-1)?.close()

    test('has served what was accepted, and what follows from that', async () => {
      const server = await again('accepting')
      server.cast('begin')
      const added = call(server, 'add', 'a')
      server.cast('once', 'put off')
      await end()
      expect(await added).toEqual(expect.any(Number))
      const log = ['life 1', 'begun', 'went on', 'a', 'sent to itself', 'put off']
      expect(await store.keeper.load(server)).toMatchObject({ state: { log } })
    })

    test('is asked again with an id by the next one: it runs once', async () => {
      let server = await again('asked')
      const ask = (): Promise<unknown> => server.call('add', 'a', { ...forEver, id: 'r1' })
      expect([await ask(), await ask()]).toEqual([2, 2])
      await end()
      server = await again('asked')
      expect(await ask()).toBe(2)
      expect((await read(server)).filter(line => line === 'a')).toEqual(['a'])
    })

    test('is upgraded when the next one has a newer version', async () => {
      let server = await again('versioned')
      await call(server, 'add', 'a')
      await end()
      server = await again('versioned', {
        version: 2,
        hostedAs: 'next album',
        callbacks: nextAlbum,
      })
      expect(await read(server)).toEqual(['0 life 1', '1 a'])
    })
  })
})
