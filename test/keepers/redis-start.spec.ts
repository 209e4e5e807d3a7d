import { describe, expect, test } from '@jest/globals'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { Engine, type Kept } from 'nestjs-peeper/engine'
import { redisKeeper, type RedisKeeperOptions } from 'nestjs-peeper/redis'
import { runScript } from '../support/child-process.js'
import { describeWith, foundOrStarted, privateServer } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { redisClient, temporaryPrefix, temporaryRedisKeeper } from '../support/temporary-redis.js'
import { thrownBy } from '../support/thrown.js'

const counting = { name: 'counter', state: 0, callbacks: {} }

/** How the start of a server on such a keeper ends. */
const starting = async (options: RedisKeeperOptions): Promise<unknown> => {
  const engine = new Engine({ keeper: redisKeeper(options) })
  const ended: unknown = await engine.start(counting).catch((error: unknown) => error)
  await engine.close()
  return ended
}

/** Something that answers like this to whatever it is sent. */
const answering = async (answer: (asked: string) => string): Promise<{ url: string; server: Server }> => {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', asked => socket.write(answer(asked.toString())))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

describe('a store that cannot be used fails the start', () => {
  test('where nobody listens', async () => {
    const url = 'redis://user:secret@127.0.0.1:1/0'
    const error = await starting({ url })
    expect(error).toMatchObject({
      code: 'PEEPER_STORE_UNREACHABLE',
      message: expect.stringMatching(/'redis:\/\/127.0.0.1:1\/0' cannot be reached: .*ECONNREFUSED/),
    })
    expect((error as Error).message).not.toContain('secret')
  })

  test('where somebody listens who never answers', async () => {
    const { url, server } = await answering(() => '')
    expect(await starting({ url, timeout: 100 })).toMatchObject({ code: 'PEEPER_STORE_UNREACHABLE' })
    server.close()
  })

  test('where somebody listens who is no Redis', async () => {
    const { url, server } = await answering(() => 'HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await starting({ url, timeout: 1_000 })).toMatchObject({ code: 'PEEPER_STORE_UNREACHABLE' })
    server.close()
  })

  test('a Redis that is too old', async () => {
    const info = 'redis_version:6.2.14\r\nrole:master\r\n'
    const replies: [RegExp, string][] = [
      [/\$4\r\ninfo/gi, `$${info.length}\r\n${info}\r\n`],
      [/\$5\r\nhello/gi, '-ERR unknown command HELLO\r\n'],
      [/\$6\r\nclient/gi, '+OK\r\n'],
    ]
    const { url, server } = await answering(asked => {
      const found = replies.flatMap(([command, reply]) =>
        [...asked.matchAll(command)].map(({ index }) => ({ index, reply })),
      )
      return found
        .sort((a, b) => a.index - b.index)
        .map(({ reply }) => reply)
        .join('')
    })
    expect(await starting({ url, timeout: 2_000 })).toMatchObject({
      code: 'PEEPER_STORE_VERSION',
      message: expect.stringMatching(/is Redis 6.2.14.* needs Redis 7 or later, or Valkey/),
    })
    server.close()
  })

  test('no driver', async () => {
    const hook = `export const resolve = (name, context, next) => {
      if (name === 'ioredis') throw Object.assign(new Error("Cannot find package 'ioredis'"), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(name, context) }`
    const { lines, stderr } = await runScript(`
      (await import('node:module')).register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}))
      const { redisKeeper } = await import('nestjs-peeper/redis')
      await redisKeeper({ url: 'redis://127.0.0.1:1' }).open().catch(e => console.log(e.code + '\\n' + e.message))`)
    expect([lines, stderr]).toEqual([
      ['PEEPER_MISSING_DRIVER', expect.stringContaining('npm install ioredis')],
      '',
    ])
  })

  test.each<[string, Partial<Record<keyof RedisKeeperOptions, unknown>>]>([
    ['url', { url: undefined }],
    ['url', { url: 'localhost' }],
    ['url', { url: 'http://localhost:6379' }],
    ['client', { client: {} }],
    ['client', { url: undefined, client: {} }],
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: 'a{b}' }],
    ['timeout', { timeout: 0 }],
    ['onDamaged', { onDamaged: 'ignore' }],
    ['snapshot.share', { snapshot: { share: NaN } }],
    ['snapshot.minBytes', { snapshot: { minBytes: '1' } }],
  ])('an option that cannot be: %s', (option, options) => {
    const all = { url: 'redis://localhost', ...options } as RedisKeeperOptions
    expect(thrownBy(() => redisKeeper(all))).toMatchObject({
      code: 'PEEPER_BAD_OPTION',
      message: expect.stringContaining(`'${option}'`),
    })
  })
})

describeWith(await foundOrStarted(redisServer), 'a Redis that is there', url => {
  const client = redisClient(url)

  test('holds a store of a later release, of which nothing is written', async () => {
    const prefix = temporaryPrefix(client)
    await client.set(`{${prefix}}:format`, '99')
    expect(await starting({ url, prefix })).toMatchObject({
      code: 'PEEPER_NEWER_STORE',
      message: expect.stringContaining('has the format 99, and this release reads formats up to 1'),
    })
    expect(await client.keys(`{${prefix}}:*`)).toHaveLength(1)
  })

  test('holds something else under this prefix', async () => {
    const prefix = temporaryPrefix(client)
    await client.set(`{${prefix}}:format`, 'a4')
    expect(await starting({ url, prefix })).toMatchObject({ code: 'PEEPER_STORE_RIGHTS' })
  })

  test('is used by a given client that has a key prefix, and stays open when the keeper is closed', async () => {
    const prefixed = client.duplicate({ keyPrefix: `${temporaryPrefix(client)}:` })
    const options = { client: prefixed, prefix: temporaryPrefix(client) }
    expect(await starting(options)).toMatchObject({ name: 'counter' })
    const keeper = temporaryRedisKeeper(client, options)
    expect(await keeper.load({ name: 'counter' })).toMatchObject({ revision: 1 })
    await keeper.remove({ name: 'counter' })
    await keeper.close?.()
    expect(await prefixed.keys(`${prefixed.options.keyPrefix ?? ''}*`)).toHaveLength(1)
    await prefixed.del(`{${options.prefix}}:format`)
    prefixed.disconnect()
  })
})

describeWith(await privateServer(redisServer), 'a Redis of this test alone', server => {
  const { url } = server
  const client = redisClient(url)

  test('that throws keys away is warned of', async () => {
    const reported: Error[] = []
    const report = (error: Error): unknown => reported.push(error)
    for (const policy of ['noeviction', 'volatile-lru', 'allkeys-lru']) {
      await client.config('SET', 'maxmemory-policy', policy)
      await starting({ url, report })
    }
    await client.config('SET', 'maxmemory-policy', 'noeviction')
    expect(reported).toMatchObject([
      { code: 'PEEPER_STORE_EVICTS', message: expect.stringContaining("'allkeys-lru'") },
    ])
  })

  test('that is full refuses a commit, and has nothing of it', async () => {
    const keeper = temporaryRedisKeeper(client)
    await keeper.open?.()
    await client.config('SET', 'maxmemory', '1')
    const engine = new Engine({ keeper })
    const started: unknown = await engine
      .start({ ...counting, init: { retries: 0 } })
      .catch((error: unknown) => error)
    await client.config('SET', 'maxmemory', '0')
    expect(started).toMatchObject({ cause: { message: expect.stringContaining('OOM') } })
    expect(await keeper.load({ name: 'counter' })).toBeUndefined()
    await engine.close()
  })

  test('that wants a password says so, and lets in who has it', async () => {
    await client.config('SET', 'requirepass', 'secret')
    const { port } = new URL(url)
    try {
      for (const without of [url, `redis://:wrong@127.0.0.1:${port}`])
        expect(await starting({ url: without })).toMatchObject({
          code: 'PEEPER_STORE_RIGHTS',
          message: expect.stringMatching(/(NOAUTH|WRONGPASS).*redis:\/\/user:password@host/),
        })
      expect(await starting({ url: `redis://:secret@127.0.0.1:${port}` })).toMatchObject({ name: 'counter' })
    } finally {
      await client.config('SET', 'requirepass', '')
    }
  })

  test('whose user may not touch these keys says so; one that may, and may not ask for INFO, is let in', async () => {
    const { port } = new URL(url)
    await client.acl('SETUSER', 'other', 'on', '>secret', '~{other}:*', '+@all')
    await client.acl('SETUSER', 'fit', 'on', '>secret', '~{peeper}:*', '+@all', '-info')
    expect(await starting({ url: `redis://other:secret@127.0.0.1:${port}` })).toMatchObject({
      code: 'PEEPER_STORE_RIGHTS',
      message: expect.stringMatching(/NOPERM.*~{peeper}:\*/),
    })
    expect(await starting({ url: `redis://fit:secret@127.0.0.1:${port}` })).toMatchObject({ name: 'counter' })
  })

  test('that is started again is found again, and its absence is reported once', async () => {
    const reported: Error[] = []
    const prefix = temporaryPrefix(client)
    const keeper = redisKeeper({ url, prefix, report: error => reported.push(error) })
    const engine = new Engine({ keeper })
    const counter = await engine.start({
      ...counting,
      state: 7,
      callbacks: { call: { read: (n: number) => n } },
    })
    await server.stop()
    const loading = async (): Promise<Kept | string | undefined> => {
      await setImmediate()
      return Promise.resolve(keeper.load({ name: 'counter' })).catch((error: unknown) => String(error))
    }
    let found: Kept | string | undefined
    while (typeof found !== 'string' || !found.includes('ECONNREFUSED')) found = await loading() // it has tried to connect again
    await server.start()
    while (typeof found !== 'object') found = await loading()
    expect([found.state, await counter.call('read')]).toEqual([7, 7])
    expect(reported).toMatchObject([{ code: 'PEEPER_STORE_UNREACHABLE' }])
    await engine.close()
  })
})
