import { beforeEach, describe, expect, test } from '@jest/globals'
import { Engine, type Callbacks, type Context, type Keeper } from 'nestjs-peeper/engine'
import type { RedisKeeperOptions } from 'nestjs-peeper/redis'
import { describeWith, foundOrStarted } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { redisClient, temporaryPrefix, temporaryRedisKeeper } from '../support/temporary-redis.js'

interface State {
  readonly text: string
  n: number
}

const callbacks: Callbacks = {
  call: {
    inc: (state: State, _: unknown, { dictionary }: Context) => {
      dictionary.set('n', state.n + 1)
      return (state.n += 1)
    },
    read: ({ n }: State) => n,
    dictionary: (_: unknown, __: unknown, { dictionary }: Context) => [...dictionary],
    bid: async (_: unknown, [key, value]: [unknown, unknown], { tables }: Context) => {
      ;(await tables.open('bids')).set(key, value)
    },
    bids: async (_: unknown, __: unknown, { tables }: Context) => [...(await tables.open('bids')).entries()],
  },
}

const lot = { name: 'lot', state: undefined, callbacks, init: { retries: 0 } }

describeWith(await foundOrStarted(redisServer), 'a damaged record in Redis', url => {
  const client = redisClient(url)
  let prefix: string
  beforeEach(() => {
    prefix = temporaryPrefix(client)
  })
  const key = (kind: string): string => `{${prefix}}:${kind}:lot`
  const entries = (): string => `${key('entries')}\0"bids"`

  /** A server with a snapshot and a journal, `n` is 3, and a table of two entries; nobody runs it. */
  const store = async (size = 2_000): Promise<void> => {
    const engine = new Engine({ keeper: temporaryRedisKeeper(client, { prefix, snapshot: {} }) })
    const server = await engine.start({ name: 'lot', state: { text: 'x'.repeat(size), n: 0 }, callbacks })
    for (let n = 0; n < 3; n += 1) await server.call('inc')
    for (const key of ['a', 'b']) await server.call('bid', [key, 1])
    await engine.close()
  }
  const opened = (
    options: Partial<RedisKeeperOptions> = {},
  ): { engine: Engine; reported: Error[]; keeper: Keeper } => {
    const reported: Error[] = []
    const keeper = temporaryRedisKeeper(client, {
      prefix,
      snapshot: {},
      report: error => reported.push(error),
      ...options,
    })
    return { engine: new Engine({ keeper }), reported, keeper }
  }
  const field = async (
    hash: string,
    name: string,
    change: (record: Buffer) => Buffer | undefined,
  ): Promise<void> => {
    const next = change((await client.hgetBuffer(hash, name))!)
    if (next === undefined) await client.hdel(hash, name)
    else await client.hset(hash, name, next)
  }
  const item = async (
    list: string,
    n: number,
    change: (record: Buffer) => Buffer | undefined,
  ): Promise<void> => {
    const next = change((await client.lindexBuffer(list, n))!)
    await client.lset(list, n, next ?? 'gone')
    await client.lrem(list, 1, 'gone')
  }
  const flipped = (record: Buffer): Buffer => {
    const next = Buffer.from(record)
    next[next.length - 1] = next.at(-1)! ^ 1
    return next
  }
  const gone = (): undefined => undefined
  const later = (record: Buffer): Buffer => {
    const next = Buffer.from(record)
    next[next.indexOf(' ') === 1 ? 2 : 0] = 2 // behind the revision it was written on, in a journal
    return next
  }

  test.each<[string, number, () => Promise<void>, RegExp]>([
    [
      'the head',
      2_000,
      () => field(key('server'), 'record', flipped),
      /the head of 'lot' in the store '.*' on the given client is damaged: its checksum/,
    ],
    ['a head that is not there', 2_000, () => field(key('server'), 'record', gone), /head.*it is not there/],
    [
      'a state that stands in the head',
      10,
      () => field(key('server'), 'record', flipped),
      /the head of 'lot'/,
    ],
    [
      'a revision that is not that of the head',
      10,
      () => field(key('server'), 'revision', () => Buffer.from('9')),
      /the head of 'lot'.*it is of revision 6, where 9 is stored/,
    ],
    [
      'the snapshot',
      2_000,
      () => field(key('server'), 's.snapshot', flipped),
      /the snapshot of the state of 'lot'/,
    ],
    [
      'a snapshot that is not there',
      2_000,
      () => field(key('server'), 's.snapshot', gone),
      /snapshot.*not there/,
    ],
    [
      'the journal',
      2_000,
      () => item(key('state'), 1, flipped),
      /the journal, record 2 of 3, of the state of 'lot'/,
    ],
    [
      'a record at the beginning',
      2_000,
      () => item(key('state'), 0, gone),
      /revisions from 1 to 2 are not there/,
    ],
    [
      'a record in the middle',
      2_000,
      () => item(key('state'), 1, gone),
      /revisions from 2 to 3 are not there/,
    ],
    ['a record at the end', 2_000, () => item(key('state'), 2, gone), /revisions from 3 to 4 are not there/],
    [
      'the journal of the dictionary',
      2_000,
      () => item(key('dictionary'), 0, flipped),
      /the journal, record 1 of 3, of the dictionary of 'lot'/,
    ],
  ])('%s: is named, and the server does not start', async (_, size, spoil, message) => {
    await store(size)
    await spoil()
    const { engine } = opened()
    await expect(engine.start(lot)).rejects.toMatchObject({
      cause: { code: 'PEEPER_DAMAGED_RECORD', server: 'lot', message: expect.stringMatching(message) },
    })
    const other = await engine.start({ ...lot, name: 'other', state: { n: 7 } })
    expect(await other.call('read')).toBe(7)
    await engine.close()
  })

  test('start with { reset: true } discards it', async () => {
    await store()
    await field(key('server'), 's.snapshot', flipped)
    const { engine } = opened()
    await expect(engine.start(lot)).rejects.toThrow()
    engine.declare(lot)
    const server = await engine.start('lot', { reset: true, state: { text: '', n: 0 } })
    expect(await server.call('inc')).toBe(1)
    await engine.close()
  })

  test('an entry of a table fails the handler that opens it', async () => {
    await store()
    await field(entries(), '"b"', flipped)
    const { engine } = opened()
    const server = await engine.start(lot)
    await expect(server.call('bids')).rejects.toMatchObject({
      cause: { code: 'PEEPER_DAMAGED_RECORD', place: "entry 2 of the table 'bids'", server: 'lot' },
    })
    expect(await server.call('read')).toBe(3)
    await engine.close()
  })

  describe("with { onDamaged: 'last-good' }", () => {
    test.each<[string, (record: Buffer) => Buffer | undefined]>([
      ['damaged', flipped],
      ['not there', gone],
    ])(
      'a journal that is %s in its middle ends before it; what comes after is written on that',
      async (_, change) => {
        await store()
        await item(key('state'), 1, change)
        const { engine, reported } = opened({ onDamaged: 'last-good' })
        const server = await engine.start(lot)
        expect(await server.call('read')).toBe(1)
        expect(reported).toMatchObject([{ code: 'PEEPER_DAMAGED_RECORD', server: 'lot' }])
        expect(await server.call('inc')).toBe(2)
        expect(server.status().revision).toBe(7)
        await engine.close()
        const { engine: next } = opened()
        expect(await (await next.start(lot)).call('inc')).toBe(3)
        await next.close()
      },
    )

    test('of the dictionary likewise', async () => {
      await store()
      await item(key('dictionary'), 2, flipped)
      const { engine, reported } = opened({ onDamaged: 'last-good' })
      const server = await engine.start(lot)
      expect(await server.call('dictionary')).toEqual([['n', 2]])
      expect(reported).toMatchObject([{ place: 'journal, record 3 of 3, of the dictionary' }])
      await server.call('inc')
      await engine.close()
      const { engine: next } = opened()
      expect(await (await next.start(lot)).call('dictionary')).toEqual([['n', 4]])
      await next.close()
    })

    test('an entry of a table is left out, and reported', async () => {
      await store()
      await field(entries(), '"a"', flipped)
      const { engine, reported } = opened({ onDamaged: 'last-good' })
      const server = await engine.start(lot)
      expect(await server.call('bids')).toEqual([['b', 1]])
      expect(reported).toMatchObject([{ place: "entry 1 of the table 'bids'", server: 'lot' }])
      await engine.close()
    })

    test('where nothing good is left the server does not start', async () => {
      await store(10)
      await field(key('server'), 'record', flipped)
      const { engine } = opened({ onDamaged: 'last-good' })
      await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_DAMAGED_RECORD' } })
      await engine.close()
    })
  })

  test.each<[string, () => Promise<void>]>([
    ['the head', () => field(key('server'), 'record', later)],
    ['the snapshot', () => field(key('server'), 's.snapshot', later)],
    ['the journal', () => item(key('state'), 0, later)],
  ])('one of a later release is not read, nor taken for a damaged one: %s', async (_, spoil) => {
    await store()
    await spoil()
    const { engine } = opened({ onDamaged: 'last-good' })
    await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_NEWER_STORE' } })
    await engine.close()
  })
})
