import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { Engine, type Context, type Identity, type Keeper, type TableWrite } from 'nestjs-peeper/engine'
import type { RedisClient, RedisKeeperOptions } from 'nestjs-peeper/redis'
import { all, changed, commit, data, text } from '../support/kept-step.js'
import { describeWith, foundOrStarted } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { redisClient, temporaryPrefix, temporaryRedisKeeper } from '../support/temporary-redis.js'

/** A client that counts the bytes of what it sends. */
const counting = (client: Redis): RedisClient & { sent: number } => {
  const counted = {
    sent: 0,
    ...Object.fromEntries(
      ['call', 'eval', 'evalBuffer', 'evalsha', 'evalshaBuffer'].map(name => [
        name,
        (...args: unknown[]): unknown => {
          for (const arg of args.flat()) counted.sent += Buffer.from(String(arg)).length
          return (client as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args)
        },
      ]),
    ),
  }
  return counted as unknown as RedisClient & { sent: number }
}

describeWith(await foundOrStarted(redisServer), 'the Redis keeper', url => {
  const client = redisClient(url)
  let prefix: string
  const keeperWith = (options: Partial<RedisKeeperOptions> = {}): Keeper =>
    temporaryRedisKeeper(client, { prefix, ...options })
  const key = (kind: string, address: string): string => `{${prefix}}:${kind}:${address}`
  const keysLeft = (): Promise<string[]> => client.keys(`{${prefix}}:*`)
  beforeEach(() => {
    prefix = temporaryPrefix(client)
  })

  describe('what a commit sends follows what changed', () => {
    test('one field of a state of 5 MB', async () => {
      const counted = counting(client)
      const keeper = keeperWith({ client: counted, snapshot: {} })
      const parts = Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [`part ${i}`, { n: 0, text: text(10_000) }]),
      )
      let state = await commit(keeper, { name: 'large' }, { revision: 1, state: { parts } })
      const before = counted.sent
      for (let revision = 2; revision <= 11; revision += 1) {
        const next = changed<{ parts: typeof parts }>(state, draft => {
          draft.parts['part 7']!.n = revision
        })
        state = await commit(keeper, { name: 'large' }, { revision, base: state, state: next })
      }
      expect((counted.sent - before) / 10).toBeLessThan(1_000)
      const found = await keeper.load({ name: 'large' })
      expect((found?.state as { parts: typeof parts }).parts['part 7']!.n).toBe(11)
    })

    test('one entry of a table of 100 000, as of a table of 10; and it is loaded without its entries', async () => {
      const costOf = async (name: string, size: number): Promise<number> => {
        const counted = counting(client)
        const keeper = keeperWith({ client: counted, snapshot: {} })
        const set = (key: number, value: unknown): TableWrite => ({ op: 'set', table: 'bids', key, value })
        const create: TableWrite = { op: 'create', table: 'bids', ordered: false, access: 'private' }
        const entries = Array.from({ length: size }, (_, i) => set(i, { bid: i }))
        await commit(keeper, { name }, { revision: 1, state: 0, tables: [create, ...entries] })
        const before = counted.sent
        for (let revision = 2; revision <= 11; revision += 1)
          await commit(keeper, { name }, { revision, base: 0, state: 0, tables: [set(7, { bid: revision })] })
        return (counted.sent - before) / 10
      }
      expect(await costOf('many', 100_000)).toBeLessThan((await costOf('few', 10)) + 20)
      const [table] = (await keeperWith().load({ name: 'many' }))?.tables ?? []
      const found = new Map(await all(table!.entries))
      expect([found.size, found.get(7), found.get(99_999)]).toEqual([100_000, { bid: 11 }, { bid: 99_999 }])
    })
  })

  describe('the fence', () => {
    test.each<[string, unknown]>([
      ['small', 1],
      ['large', { text: text(2_000) }],
    ])('of two keepers that write at once on one revision of a %s state, one does', async (_, state) => {
      const [one, other] = [keeperWith(), keeperWith({ url })]
      await commit(one, { name: 'a' }, { revision: 1, state })
      const both = [one, other].map((keeper, i) =>
        commit(keeper, { name: 'a' }, { revision: 2, state: { i, text: text(2_000) } }),
      )
      const ended = await Promise.allSettled(both)
      expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const winner = ended.findIndex(({ status }) => status === 'fulfilled')
      expect(ended[1 - winner]).toMatchObject({
        reason: { code: 'PEEPER_STALE_OWNER', message: expect.stringMatching(/at revision 2, not 1/) },
      })
      expect(await one.load({ name: 'a' })).toMatchObject({ revision: 2, state: { i: winner } })
    })

    test.each([0, 2, 7])('at revision 1 refuses what is meant for revision %d, all of it', async expected => {
      const keeper = keeperWith()
      await commit(keeper, { name: 'a' }, { revision: 1, state: 'first' })
      const late = commit(
        keeper,
        { name: 'a' },
        {
          revision: 8,
          state: text(3_000),
          tables: [{ op: 'create', table: 't', ordered: true, access: 'private' }],
          dictionary: new Map([[1, 2]]),
          wakeAt: 5,
        },
        expected,
      )
      await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
      const found = await keeper.load({ name: 'a' })
      expect(found).toMatchObject({ revision: 1, state: 'first', tables: [] })
      expect([found?.dictionary, await keeper.due?.(10, 10)]).toEqual([undefined, []])
    })

    test('refuses a change meant for a revision of a server that is not stored', async () => {
      const keeper = keeperWith()
      const late = commit(keeper, { name: 'a' }, { revision: 8, state: 1 }, 7)
      await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
      expect(await keeper.load({ name: 'a' })).toBeUndefined()
    })
  })

  describe('a commit of which nobody knows', () => {
    /** A client whose next commit is sent, and again later; its answer never comes. */
    const losing = (): RedisClient & {
      resend: (() => Promise<unknown>) | undefined
      mode: 'lost' | 'twice' | 'held'
    } => {
      const one = {
        resend: undefined as (() => Promise<unknown>) | undefined,
        mode: 'lost',
        call: client.call.bind(client),
        eval: client.eval.bind(client),
        evalBuffer: (client as never as { evalBuffer: RedisClient['eval'] }).evalBuffer.bind(client),
        evalshaBuffer: (client as never as { evalshaBuffer: RedisClient['evalsha'] }).evalshaBuffer.bind(
          client,
        ),
        evalsha: async (...args: Parameters<RedisClient['evalsha']>): Promise<unknown> => {
          if (one.mode === 'done') return client.evalsha(...args)
          const again = (): Promise<unknown> => client.evalsha(...args)
          if (one.mode !== 'held') await again()
          one.resend = again
          const { mode } = one
          one.mode = 'done'
          if (mode === 'twice') return again()
          throw new Error('the connection broke')
        },
      }
      return one as never
    }
    const known = async (): Promise<void> => {
      await commit(keeperWith(), { name: 'other' }, { revision: 1, state: 0 }) // the script is there
    }

    test('that is sent twice is done once', async () => {
      await known()
      const lossy = losing()
      lossy.mode = 'twice'
      const keeper = keeperWith({ client: lossy })
      const tables: TableWrite[] = [{ op: 'create', table: 't', ordered: true, access: 'private' }]
      await commit(keeper, { name: 'a' }, { revision: 1, state: { text: text(2_000) }, tables })
      expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 1, tables: [{ name: 't' }] })
      await commit(keeper, { name: 'a' }, { revision: 2, state: 2 })
      await expect(lossy.resend!()).resolves.toEqual([0, '2'])
      expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 2, state: 2 })
    })

    test('that happened is found by the next load', async () => {
      await known()
      const keeper = keeperWith({ client: losing() })
      const failed = commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
      await expect(failed).rejects.toMatchObject({ code: 'PEEPER_STORE_UNREACHABLE' })
      expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 1, state: 1 })
    })

    test.each([0, 1])(
      'that had not happened by the next load never does (over revision %d)',
      async before => {
        await known()
        if (before > 0) await commit(keeperWith(), { name: 'a' }, { revision: 1, state: 'first' })
        const lossy = losing()
        lossy.mode = 'held'
        const keeper = keeperWith({ client: lossy })
        const failed = commit(keeper, { name: 'a' }, { revision: before + 1, state: 'late' })
        await expect(failed).rejects.toMatchObject({ code: 'PEEPER_STORE_UNREACHABLE' })
        const found = await keeper.load({ name: 'a' })
        await lossy.resend!()
        expect((await keeper.load({ name: 'a' }))?.state).toEqual(found?.state)
        await commit(keeper, { name: 'a' }, { revision: before + 1, state: 'next' })
        expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: before + 1, state: 'next' })
      },
    )
  })

  test('a server that has forgotten the scripts is given them again', async () => {
    const keeper = keeperWith()
    await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
    await client.script('FLUSH')
    await commit(keeper, { name: 'a' }, { revision: 2, state: 2 })
    await client.script('FLUSH')
    expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 2, state: 2 })
  })

  describe('list and due', () => {
    const names: Identity[] = [
      { name: 'a' },
      { name: 'a b', key: '1' },
      { name: 'a', key: '' },
      { name: 'a', key: '1' },
      { name: 'a', key: 'ü/2' },
      { name: 'a0' },
      { name: 'ab' },
      { name: '\u{10ffff}', key: '\u{10ffff}' },
    ]
    const ofA = names.filter(({ name }) => name === 'a')

    test('list tells all that is stored, or that of one name alone, or what comes behind a key of it', async () => {
      const keeper = keeperWith()
      for (const name of names.toReversed()) await commit(keeper, name, { revision: 1, state: text(2_000) })
      expect(await all(keeper.list())).toEqual(names)
      expect(await all(keeper.list('a'))).toEqual(ofA)
      expect(await all(keeper.list('a', ''))).toEqual(ofA.slice(2))
      expect(await all(keeper.list('a', '1'))).toEqual(ofA.slice(3))
      expect(await all(keeper.list('a', '\u{10ffff}'))).toEqual([])
      expect(await all(keeper.list('\u{10ffff}'))).toEqual(names.slice(7))
      expect(await all(keeper.list('none'))).toEqual([])
    })

    test('list goes page by page through many', async () => {
      const keeper = keeperWith()
      await commit(keeper, { name: 'a' }, { revision: 1, state: 0 })
      const keys = Array.from({ length: 2_500 }, (_, i) => `k${String(i).padStart(4, '0')}`)
      await Promise.all(keys.map(key => commit(keeper, { name: 'a', key }, { revision: 1, state: 0 })))
      expect(await all(keeper.list('a'))).toEqual([{ name: 'a' }, ...keys.map(key => ({ name: 'a', key }))])
      expect(await all(keeper.list('a', 'k1499'))).toHaveLength(1_000)
    })

    test('due tells who wants to be woken, the earliest first; each commit says it anew', async () => {
      const keeper = keeperWith()
      for (const [i, name] of names.entries())
        await commit(keeper, name, { revision: 1, state: i, wakeAt: 1_000 - i })
      expect(await keeper.due?.(995, 2)).toEqual([
        { server: names[7], at: 993 },
        { server: names[6], at: 994 },
      ])
      await commit(keeper, names[7]!, { revision: 2, state: 0 })
      await commit(keeper, names[6]!, { revision: 2, state: 0, wakeAt: 5_000 })
      await keeper.remove(names[5]!)
      expect(await keeper.due?.(997, 10)).toEqual([
        { server: names[4], at: 996 },
        { server: names[3], at: 997 },
      ])
    })

    test('a removed server is gone with all its keys, and nobody else’s', async () => {
      const keeper = keeperWith({ snapshot: {} })
      const tables: TableWrite[] = [
        { op: 'create', table: 't', ordered: true, access: 'private' },
        { op: 'set', table: 't', key: 1, value: 1 },
      ]
      const dictionary = new Map([[1, 1]])
      for (const name of names) {
        const base = await commit(keeper, name, {
          revision: 1,
          state: { text: text(2_000) },
          tables,
          dictionary,
          wakeAt: 1,
        })
        await commit(keeper, name, { revision: 2, base, state: { text: text(2_000), n: 1 }, wakeAt: 1 })
      }
      expect(await keysLeft()).toHaveLength(names.length * 5 + 3)
      for (const name of ofA) await keeper.remove(name)
      expect(await keysLeft()).toHaveLength((names.length - ofA.length) * 5 + 3)
      expect(await all(keeper.list('a'))).toEqual([])
      expect(await keeper.load(names[1]!)).toMatchObject({ revision: 2, state: { n: 1 } })
      expect(await keeper.load(ofA[0]!)).toBeUndefined()
      for (const name of names) await keeper.remove(name)
      expect(await keysLeft()).toEqual([`{${prefix}}:format`])
    })
  })

  describe('a snapshot', () => {
    const journal = (): Promise<number> => client.llen(key('state', 'log'))
    const grow = async (keeper: Keeper, count: number, length = 0): Promise<void> => {
      const list = [text(2_000), ...Array.from({ length }, () => 'entry')]
      let state = await commit(keeper, { name: 'log' }, { revision: 1, state: { list } })
      for (let revision = 2; revision <= count; revision += 1) {
        const list = [...(state as { list: string[] }).list, text(100)]
        state = await commit(keeper, { name: 'log' }, { revision, base: state, state: { list } })
      }
    }

    test('takes the place of a journal that has outgrown its share of the state', async () => {
      const keeper = keeperWith({ snapshot: { share: 0.5, minBytes: 500 } })
      await grow(keeper, 40)
      await keeper.close?.()
      expect(await journal()).toBeLessThan(25)
      expect(await keeperWith().load({ name: 'log' })).toMatchObject({
        revision: 40,
        state: { list: { length: 40 } },
      })
    })

    test('is not made while the journal is small', async () => {
      const keeper = keeperWith({ snapshot: {} })
      await grow(keeper, 40)
      await keeper.close?.()
      expect(await journal()).toBe(39)
    })

    test('loses nothing that is committed while it is made', async () => {
      const keeper = keeperWith({ snapshot: { share: 0, minBytes: 50 } })
      await grow(keeper, 20, 30_000) // so large that it is made with pauses
      await keeper.close?.()
      const found = await keeperWith().load({ name: 'log' })
      expect(found).toMatchObject({ revision: 20, state: { list: { length: 30_020 } } })
    })

    test('of a server that is removed meanwhile brings nothing of it back', async () => {
      const keeper = keeperWith({ snapshot: { share: 0, minBytes: 50 } })
      await grow(keeper, 3, 200_000) // so large that it is made with pauses
      await keeper.remove({ name: 'log' })
      await keeper.close?.()
      expect(await keysLeft()).toEqual([`{${prefix}}:format`])
    })

    test('of a server that is removed and made again meanwhile, as long and at the same revision, is not its', async () => {
      const keeper = keeperWith({ snapshot: { share: 0, minBytes: 50 } })
      await grow(keeper, 2, 200_000) // so large that it is made with pauses
      await keeper.remove({ name: 'log' })
      const other = keeperWith({ snapshot: {} })
      await grow(other, 2)
      await keeper.close?.()
      expect(await other.load({ name: 'log' })).toMatchObject({ revision: 2, state: { list: { length: 2 } } })
    })

    test('and journal of a state that has become small are gone', async () => {
      const keeper = keeperWith({ snapshot: {} })
      await grow(keeper, 3)
      await commit(keeper, { name: 'log' }, { revision: 4, state: 'small' })
      expect([await journal(), await client.hexists(key('server', 'log'), 's.snapshot')]).toEqual([0, 0])
      expect(await keeper.load({ name: 'log' })).toMatchObject({ revision: 4, state: 'small' })
    })

    test('is made at once of a state that outgrows its head', async () => {
      const keeper = keeperWith({ snapshot: {} })
      const small = await commit(keeper, { name: 'log' }, { revision: 1, state: { n: 1 } })
      const state = { n: 1, text: text(3_000) }
      const large = await commit(keeper, { name: 'log' }, { revision: 2, base: small, state })
      await commit(keeper, { name: 'log' }, { revision: 3, base: large, state: { ...state, n: 2 } })
      expect(await keeper.load({ name: 'log' })).toMatchObject({ revision: 3, state: { ...state, n: 2 } })
      expect(await journal()).toBe(1)
    })

    test('of the dictionary keeps the order of its keys', async () => {
      const callbacks = {
        call: {
          put: (_: unknown, [key, value]: [unknown, unknown], { dictionary }: Context) => {
            dictionary.delete(key)
            dictionary.set(key, value)
          },
          read: (_: unknown, __: unknown, { dictionary }: Context) => [...dictionary],
        },
      }
      const snapshot = { share: 0, minBytes: 60 }
      const engine = new Engine({ keeper: keeperWith({ snapshot }) })
      const server = await engine.start({ name: 'd', state: 0, callbacks })
      const puts = [
        ['a', 1],
        ['b', new Map([[1n, 2]])],
        ['c', text(50)],
        ['a', { deep: [1] }],
        [7, 8],
      ]
      for (const put of puts) await server.call('put', put)
      await engine.close()
      expect(await client.llen(key('dictionary', 'd'))).toBeLessThan(3)
      const next = new Engine({ keeper: keeperWith({ snapshot }) })
      const again = await next.start({ name: 'd', state: 0, callbacks })
      expect(await again.call('read')).toEqual([puts[1], puts[2], puts[3], puts[4]])
      await next.close()
    })
  })

  describe('tables', () => {
    test('are read when they are opened, whatever their names and keys are', async () => {
      const keeper = keeperWith()
      const keys = [
        ...[
          '',
          '1',
          1,
          1n,
          true,
          null,
          undefined,
          'a\0',
          'a',
          '"a"',
          '\ud800',
          '\ud801',
          text(300),
          NaN,
          0.5,
        ],
        ...[[1, ['x']], { a: 1 }, new Date(0), Buffer.of(0), '__proto__', 'constructor', 'null', '1n'],
      ]
      const named = ['', 't', 'a\0', 'a\0b', '"', '\\', '\ud800', '__proto__', text(400), text(401)]
      const tables = named.flatMap<TableWrite>(table => [
        { op: 'create', table, ordered: table === 't', access: 'protected' },
        ...keys.map(key => ({
          op: 'set' as const,
          table,
          key: data.keep(key),
          value: data.keep([table, key]),
        })),
      ])
      await commit(keeper, { name: 'a' }, { revision: 1, state: 0, tables })
      const more: TableWrite[] = [
        { op: 'drop', table: 'a\0' },
        { op: 'drop', table: 't' },
        { op: 'create', table: 't', ordered: false, access: 'private' },
        { op: 'set', table: 't', key: '1', value: 'new' },
        { op: 'set', table: 't', key: 'x', value: 'gone' },
        { op: 'delete', table: 't', key: 'x' },
        { op: 'delete', table: '', key: 1n },
      ]
      await commit(keeper, { name: 'a' }, { revision: 2, base: 0, state: 0, tables: more })
      const found = await keeper.load({ name: 'a' })
      const read = await Promise.all(
        (found?.tables ?? []).map(
          async ({ name, ordered, entries }) => [name, ordered, await all(entries)] as const,
        ),
      )
      expect(read.map(([name]) => name).sort()).toEqual(named.filter(name => name !== 'a\0').sort())
      for (const [name, ordered, entries] of read) {
        const left = name === '' ? keys.filter(key => key !== 1n) : keys
        if (name === 't') expect([ordered, entries]).toEqual([false, [['1', 'new']]])
        else expect(entries.map(([key]) => key)).toEqual(expect.arrayContaining(left))
        if (name !== 't') expect(entries).toHaveLength(left.length)
      }
    })

    test('that somebody else writes while they are read are not read on', async () => {
      const keeper = keeperWith()
      const set = (key: number): TableWrite => ({ op: 'set', table: 't', key, value: 0 })
      const create: TableWrite = { op: 'create', table: 't', ordered: false, access: 'private' }
      const tables = [create, ...Array.from({ length: 5_000 }, (_, i) => set(i))]
      await commit(keeper, { name: 'a' }, { revision: 1, state: 0, tables })
      const [table] = (await keeper.load({ name: 'a' }))?.tables ?? []
      const walk = (table!.entries as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      await walk.next()
      await commit(keeperWith(), { name: 'a' }, { revision: 2, base: 0, state: 0, tables: [set(7)] })
      const rest = async (): Promise<void> => {
        while ((await walk.next()).done !== true);
      }
      await expect(rest()).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
    })
  })

  test('a state with hostile keys is what its journal comes to', async () => {
    const keeper = keeperWith({ snapshot: {} })
    const hostile = ['__proto__', 'constructor', '', '/', '0', 'toString', '\ud800', 'a\0b']
    const own = (entries: [string, unknown][]): object => {
      const out = {}
      for (const [name, value] of entries)
        Object.defineProperty(out, name, { value, enumerable: true, writable: true, configurable: true })
      return out
    }
    let state = await commit(
      keeper,
      { name: 'h' },
      { revision: 1, state: { text: text(2_000), own: own([]) } },
    )
    for (const [i] of hostile.entries()) {
      const entries = hostile.slice(0, i + 1).map<[string, unknown]>(name => [name, { [name]: i, x: [name] }])
      const next = { text: text(2_000), own: own(entries) }
      state = await commit(keeper, { name: 'h' }, { revision: i + 2, base: state, state: next })
    }
    expect(await client.llen(key('state', 'h'))).toBe(hostile.length)
    const found = (await keeper.load({ name: 'h' }))?.state as { own: object }
    expect(Object.keys(found.own)).toEqual(Object.keys((state as { own: object }).own))
    expect(JSON.stringify(found)).toBe(JSON.stringify(state))
  })

  test('a change that comes when the keeper is closed is not stored', async () => {
    const keeper = keeperWith({ url })
    await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
    await keeper.close?.()
    await expect(commit(keeper, { name: 'a' }, { revision: 2, state: 2 })).rejects.toThrow(/is closed/)
    expect(await keeperWith().load({ name: 'a' })).toMatchObject({ revision: 1, state: 1 })
  })
})
