import { expect, test, describe } from '@jest/globals'
import {
  Data,
  Engine,
  type Context,
  type Identity,
  type Keeper,
  type Server,
  type TableWrite,
} from 'nestjs-peeper/engine'
import { all, commit } from '../support/commit.js'
import { latch } from '../support/latch.js'
import { describeWith } from '../support/stores/found-or-started.js'
import { scatteredPool } from '../support/stores/scattered-pool.js'
import {
  emptySchema,
  openedOn,
  postgresPool,
  postgresUrl,
  temporaryPostgresKeeper,
} from '../support/stores/temporary-postgres.js'
import type { PostgresClient } from 'nestjs-peeper/postgres'
import { watchedPool } from '../support/stores/watched-pool.js'

const data = new Data()
const text = (length: number): string => 'x'.repeat(length)
const pool = postgresPool()

/** How many rows a table of a schema has. */
const rowsOf = async (schema: string, table: string): Promise<number> => {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from "${schema}".${table}`)
  return rows[0]!.n
}

const create = (table: string): TableWrite => ({ op: 'create', table, ordered: true, access: 'private' })
const set = (table: string, key: unknown, value: unknown): TableWrite => ({ op: 'set', table, key, value })

const unset = (table: string, key: unknown): TableWrite => ({ op: 'delete', table, key })

describeWith(postgresUrl, 'the PostgreSQL keeper', url => {
  describe('the fence', () => {
    test('of two that write at once on one revision, one does and the other is a stale owner', async () => {
      for (const state of [1, { text: text(2_000) }]) {
        const schema = await emptySchema()
        const [one, other] = [openedOn(schema), openedOn(schema)]
        for (const revision of [1, 2, 3]) {
          const write = (keeper: Keeper): Promise<unknown> =>
            commit(keeper, { name: 'a' }, { revision, state })
          const ended = await Promise.allSettled([write(one), write(other)])
          expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
          expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
            reason: {
              code: 'PEEPER_STALE_OWNER',
              message: expect.stringContaining(`at revision ${revision}, not ${revision - 1}`),
            },
          })
        }
      }
    })

    test('two engines that count on one server lose nothing and count nothing twice', async () => {
      const schema = await emptySchema()
      const callbacks = {
        call: {
          add: async (state: { ids: string[] }, id: string, { tables }: Context) => {
            state.ids.push(id)
            ;(await tables.open('ids')).set(id, state.ids.length)
          },
          read: async ({ ids }: { ids: string[] }, _: unknown, { tables }: Context) => [
            ids,
            [...(await tables.open('ids')).keys()].sort(),
          ],
        },
      }
      const engines = [1, 2].map(() => new Engine({ keeper: openedOn(schema) }))
      // Both have loaded the same revision before either writes: one of their first changes is refused.
      const servers: Server[] = []
      for (const engine of engines)
        servers.push(await engine.start({ name: 'both', state: { ids: [] }, callbacks }))
      const told: string[] = []
      const unknown: string[] = []
      await Promise.all(
        servers.map(async (server, i) => {
          for (let n = 0; n < 40; n += 1) {
            const id = `${i}.${n}`
            await server.call('add', id).then(
              () => told.push(id),
              () => unknown.push(id),
            )
          }
        }),
      )
      await Promise.all(engines.map(engine => engine.close()))
      const next = new Engine({ keeper: openedOn(schema) })
      const server = await next.start({ name: 'both', state: { ids: [] }, callbacks })
      const [ids, keys] = (await server.call('read')) as [string[], string[]]
      await next.close()
      expect(ids).toEqual(expect.arrayContaining(told))
      expect(new Set(ids).size).toBe(ids.length)
      expect(keys).toEqual([...ids].sort())
      expect(unknown.length).toBeGreaterThan(0)
    })

    test.each([0, 2, 7])(
      'a change of a server that is at revision 1, meant for revision %d, stores nothing of it',
      async expected => {
        const schema = await emptySchema()
        const keeper = openedOn(schema)
        await commit(keeper, { name: 'a' }, { revision: 1, state: 'first' })
        const late = commit(
          keeper,
          { name: 'a' },
          { revision: 8, state: text(3_000), wakeAt: 5, tables: [create('t'), set('t', 1, 1)] },
          expected,
        )
        await expect(late).rejects.toMatchObject({
          code: 'PEEPER_STALE_OWNER',
          message: expect.stringContaining(`at revision 1, not ${expected}`),
        })
        expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 1, state: 'first', tables: [] })
        for (const table of ['snapshots', 'journal', 'tables', 'entries'])
          expect(await rowsOf(schema, table)).toBe(0)
        expect(await keeper.due?.(10, 10)).toEqual([])
      },
    )

    test('a change of a server that is not stored, meant for a revision of it, is not stored', async () => {
      const keeper = temporaryPostgresKeeper()
      const late = commit(keeper, { name: 'a' }, { revision: 8, state: 1 }, 7)
      await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
      expect(await keeper.load({ name: 'a' })).toBeUndefined()
    })

    test('who was left behind writes nothing onto a server that was removed and made anew', async () => {
      const schema = await emptySchema()
      const [old, other] = [openedOn(schema), openedOn(schema)]
      const server = { name: 'a' }
      const base = await commit(old, server, { revision: 1, state: { text: text(2_000) } })
      await other.remove({ name: 'a' })
      await commit(other, { name: 'a' }, { revision: 1, state: { other: text(2_000) } })
      const late = commit(old, server, { revision: 2, base, state: { text: text(2_000), n: 1 } })
      await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
      expect(await other.load({ name: 'a' })).toMatchObject({ revision: 1, state: { other: text(2_000) } })
    })

    test('a table is read as it was at the revision of the state, or the owner is told that it is stale', async () => {
      const schema = await emptySchema()
      const [old, other] = [openedOn(schema), openedOn(schema)]
      const server = { name: 'a' }
      await commit(old, server, { revision: 1, state: 1, tables: [create('t'), set('t', 'k', 1)] })
      const found = await old.load(server)
      await commit(old, server, { revision: 2, base: 1, state: 2 }) // its own changes do not matter
      expect(await all(found!.tables![0]!.entries)).toEqual([['k', 1]])
      await commit(other, { name: 'a' }, { revision: 3, base: 2, state: 3, tables: [set('t', 'k', 3)] })
      await expect(all(found!.tables![0]!.entries)).rejects.toMatchObject({
        code: 'PEEPER_STALE_OWNER',
        message: expect.stringContaining('at revision 3, not 2'),
      })
    })
  })

  describe('a commit', () => {
    test('is one statement, whatever it writes; for a first one as for the next', async () => {
      const schema = await emptySchema()
      const { pool: watched, statements } = watchedPool(pool)
      const keeper = openedOn(schema, { pool: watched, snapshot: {} })
      const server = { name: 'a' }
      await keeper.load(server)
      statements()
      const dictionary = [{ op: 'set' as const, path: ['d'], value: 1 }]
      const tables = [create('t'), set('t', 1, text(100)), set('t', 2, 1), unset('t', 3)]
      await commit(keeper, server, { revision: 1, state: 1, dictionary, tables, wakeAt: 1 })
      let state = await commit(keeper, server, {
        revision: 2,
        state: { text: text(3_000) },
        dictionary,
        tables,
      })
      state = await commit(keeper, server, {
        revision: 3,
        base: state,
        state: { text: text(3_000), n: 1 },
        dictionary,
      })
      await commit(keeper, server, { revision: 4, base: state, state: 'small again' })
      expect(statements()).toHaveLength(4)
      expect(await openedOn(schema).load(server)).toMatchObject({
        revision: 4,
        state: 'small again',
        dictionary: new Map([['d', 1]]),
      })
    })

    test('of more than one statement can carry is one transaction all the same', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema)
      const many = Array.from({ length: 30 }, (_, i) => set('large', i, `${text(300_000)}${i}`))
      const tables = [create('large'), create('old'), set('old', 1, 1), ...many]
      await commit(keeper, { name: 'a' }, { revision: 1, state: 0, tables })
      const again: TableWrite[] = [{ op: 'drop', table: 'large' }, create('large'), set('large', 7, 'new')]
      const late = commit(keeper, { name: 'a' }, { revision: 3, state: 0, tables: again }, 2)
      await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
      expect(await rowsOf(schema, 'entries')).toBe(31)
      await commit(keeper, { name: 'a' }, { revision: 2, state: 0, tables: again })
      const found = await keeper.load({ name: 'a' })
      const large = found?.tables?.find(({ name }) => name === 'large')
      expect(await all(large!.entries)).toEqual([[7, 'new']])
    })

    test('of several statements that fails at one of them has stored nothing', async () => {
      const schema = await emptySchema()
      const server = { name: 'a' }
      const tables = [create('t'), set('t', 1, 1)]
      await commit(openedOn(schema), server, { revision: 1, state: 1, tables })
      for (let failing = 1; failing <= 5; failing += 1) {
        const connect = async (): Promise<PostgresClient> => {
          const client = await pool.connect()
          let asked = 0
          return {
            query: query =>
              (asked += 1) === failing ? Promise.reject(new Error('cut off')) : client.query(query),
            release: destroy => {
              client.release(destroy)
            },
            on: (event, listener) => client.on(event, listener),
            removeListener: (event, listener) => client.removeListener(event, listener),
          }
        }
        const keeper = openedOn(schema, { pool: { connect, query: query => pool.query(query) } })
        const again: TableWrite[] = [{ op: 'drop', table: 't' }, create('t'), set('t', 2, 2)]
        const half = commit(keeper, { name: 'a' }, { revision: 2, state: 2, tables: again })
        await expect(half).rejects.toThrow('cut off')
        const found = await openedOn(schema).load({ name: 'a' })
        expect(found).toMatchObject({ revision: 1, state: 1 })
        expect(await all(found!.tables![0]!.entries)).toEqual([[1, 1]])
      }
    })

    test('of many servers at once shares the connections of the pool', async () => {
      const keeper = temporaryPostgresKeeper()
      const servers = Array.from({ length: 300 }, (_, i): Identity => ({ name: 'many', key: String(i) }))
      await Promise.all(servers.map(server => commit(keeper, server, { revision: 1, state: server.key })))
      const states = await Promise.all(servers.map(async server => (await keeper.load(server))?.state))
      expect(states).toEqual(servers.map(({ key }) => key))
    })

    test('that comes when the keeper is closed is not stored', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema)
      await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
      await keeper.close?.()
      await expect(commit(keeper, { name: 'a' }, { revision: 2, state: 2 })).rejects.toThrow(/is closed/)
      expect(await openedOn(schema).load({ name: 'a' })).toMatchObject({ revision: 1, state: 1 })
    })
  })

  describe('loading a server', () => {
    test('is one statement, and reads nothing of its tables until they are opened; then piece by piece', async () => {
      const schema = await emptySchema()
      const entries = Array.from({ length: 10_000 }, (_, i) => set('t', i, { i }))
      const tables = [create('t'), ...entries, create('other'), set('other', 1, 1)]
      await commit(openedOn(schema), { name: 'a' }, { revision: 1, state: text(2_000), tables })
      const { pool: watched, statements, rows } = watchedPool(pool)
      const keeper = openedOn(schema, { pool: watched })
      await keeper.open?.()
      statements()
      rows()
      const found = await keeper.load({ name: 'a' })
      expect([statements().length, rows()]).toEqual([1, 4])
      const table = found?.tables?.find(({ name }) => name === 't')
      const read = await all(table!.entries)
      expect(read.map(([key]) => key as number).sort((a, b) => a - b)).toEqual(entries.map((_, i) => i))
      expect(rows()).toBe(10_000)
      expect(statements().length).toBeGreaterThan(3)
    })

    test('finds tables and entries again, whatever their names and keys are', async () => {
      const keeper = temporaryPostgresKeeper()
      const keys = [
        '',
        '1',
        1,
        1n,
        true,
        null,
        undefined,
        'a\0',
        'a',
        '\ud800',
        '\ud801',
        text(300),
        [1, ['x']],
        { a: 1 },
      ]
      const names = ['', 't', 'a\0', 'a\0b', '\ud800', text(400), text(401)]
      const tables = names.flatMap(table => [
        create(table),
        ...keys.map(key => set(table, data.keep(key), data.keep([table, key]))),
      ])
      await commit(keeper, { name: 'a' }, { revision: 1, state: 0, tables })
      const more: TableWrite[] = [
        { op: 'drop', table: 'a\0' },
        { op: 'drop', table: 't' },
        { op: 'create', table: 't', ordered: false, access: 'protected' },
        set('t', '1', 'new'),
        set('t', 'x', 'gone'),
        unset('t', 'x'),
        unset('', 1n),
      ]
      await commit(keeper, { name: 'a' }, { revision: 2, base: 0, state: 0, tables: more })
      const found = await keeper.load({ name: 'a' })
      const read = await Promise.all(
        found!.tables!.map(async ({ name, ordered, access, entries }) => ({
          name,
          ordered,
          access,
          entries: await all(entries),
        })),
      )
      expect(read.map(({ name }) => name).sort()).toEqual(names.filter(name => name !== 'a\0').sort())
      for (const { name, ordered, access, entries } of read) {
        if (name === 't') expect([ordered, access, entries]).toEqual([false, 'protected', [['1', 'new']]])
        else {
          const left = name === '' ? keys.filter(key => key !== 1n) : keys
          expect(entries.map(([key]) => key)).toEqual(expect.arrayContaining(left))
          expect(entries.map(([, value]) => value)).toEqual(
            expect.arrayContaining(left.map(key => [name, key])),
          )
          expect(entries).toHaveLength(left.length)
        }
      }
    })
  })

  describe('list', () => {
    const names: Identity[] = [
      { name: 'B' },
      { name: 'a' },
      { name: 'a', key: '1' },
      { name: 'a', key: 'ü/2' },
      { name: 'a b', key: '1' },
      { name: 'ab' },
      { name: '\u{10ffff}', key: '\u{10ffff}' },
    ]

    test('tells all that is stored in one order, or that of one name, or what comes behind a key', async () => {
      const keeper = temporaryPostgresKeeper()
      for (const name of [...names].reverse()) await commit(keeper, name, { revision: 1, state: text(2_000) })
      expect(await all(keeper.list())).toEqual(names)
      expect(await all(keeper.list('a'))).toEqual(names.slice(1, 4))
      expect(await all(keeper.list('a', '1'))).toEqual(names.slice(3, 4))
      expect(await all(keeper.list('a', '0'))).toEqual(names.slice(2, 4))
      expect(await all(keeper.list('a', 'ü/2'))).toEqual([])
      expect(await all(keeper.list('\u{10ffff}'))).toEqual(names.slice(6))
      expect(await all(keeper.list('none'))).toEqual([])
    })

    test('reads by page: the first of many are told before the last are read', async () => {
      const schema = await emptySchema()
      await pool.query(
        `insert into "${schema}".servers (name, key, revision, record) ` +
          `select 'many', lpad(n::text, 5, '0'), 1, '' from generate_series(1, 2500) n`,
      )
      const { pool: watched, rows } = watchedPool(pool)
      const keeper = openedOn(schema, { pool: watched })
      await keeper.open?.()
      rows()
      for await (const first of keeper.list('many')) {
        expect(first).toEqual({ name: 'many', key: '00001' })
        break
      }
      expect(rows()).toBeLessThanOrEqual(1_000)
      expect(await all(keeper.list())).toHaveLength(2_500)
      expect(await all(keeper.list('many', '01000'))).toHaveLength(1_500)
    })

    test('a removed server is gone with all its rows, and nobody else’s', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema, { snapshot: { minBytes: 1e6 } })
      const tables = [create('t'), set('t', 1, 1)]
      for (const name of names) {
        const state = await commit(keeper, name, { revision: 1, state: { text: text(2_000) }, tables })
        await commit(keeper, name, { revision: 2, base: state, state: { text: text(2_000), n: 1 } })
      }
      for (const name of [names[1]!, names[3]!]) await keeper.remove(name)
      expect(await all(keeper.list())).toEqual([names[0], names[2], ...names.slice(4)])
      expect(await keeper.load(names[2]!)).toMatchObject({ revision: 2, state: { n: 1 } })
      for (const table of ['servers', 'snapshots', 'journal', 'tables', 'entries'])
        expect(await rowsOf(schema, table)).toBe(names.length - 2)
    })

    test('a name that is too long for an index is refused by its start', async () => {
      const engine = new Engine({ keeper: temporaryPostgresKeeper() })
      const started = engine.start({ name: text(513), state: 0, callbacks: {}, init: { retries: 0 } })
      await expect(started).rejects.toMatchObject({ cause: { code: 'PEEPER_BAD_NAME' } })
      await engine.close()
    })
  })

  test('due tells who wants to be woken, the earliest first, as their last change has it', async () => {
    const keeper = temporaryPostgresKeeper()
    const wakes: [string, number | undefined][] = [
      ['late', 3_000],
      ['never', undefined],
      ['early', 1_000],
      ['moved', 500],
      ['second', 2_000.5],
    ]
    for (const [name, wakeAt] of wakes) await commit(keeper, { name }, { revision: 1, state: 0, wakeAt })
    await commit(keeper, { name: 'moved' }, { revision: 2, state: 1 })
    const early = { server: { name: 'early' }, at: 1_000 }
    const second = { server: { name: 'second' }, at: 2_000.5 }
    expect(await keeper.due?.(2_500, 10)).toEqual([early, second])
    expect(await keeper.due?.(2_500, 1)).toEqual([early])
    expect(await keeper.due?.(999, 10)).toEqual([])
    await keeper.remove({ name: 'early' })
    expect(await keeper.due?.(9_999, 10)).toMatchObject([second, { server: { name: 'late' } }])
  })

  describe('a snapshot', () => {
    const server: Identity = { name: 'log' }
    const grow = async (keeper: Keeper, count: number, length = 0): Promise<void> => {
      const list = [text(2_000), ...Array.from({ length }, () => 'entry')]
      let state = await commit(keeper, server, { revision: 1, state: { list } })
      for (let revision = 2; revision <= count; revision += 1) {
        const list = [...(state as { list: string[] }).list, text(100)]
        state = await commit(keeper, server, { revision, base: state, state: { list } })
      }
    }

    test('takes the place of a journal that has outgrown its share of the state', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema, { snapshot: { share: 0.5, minBytes: 500 } })
      await grow(keeper, 40)
      await keeper.close?.()
      expect(await rowsOf(schema, 'journal')).toBeLessThan(25)
      expect(await rowsOf(schema, 'snapshots')).toBe(1)
      expect(await openedOn(schema).load(server)).toMatchObject({
        revision: 40,
        state: { list: { length: 40 } },
      })
    })

    test('is not made while the journal is small', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema)
      await grow(keeper, 40)
      await keeper.close?.()
      expect(await rowsOf(schema, 'journal')).toBe(39)
    })

    test('of a server that is removed meanwhile brings nothing of it back', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema, { snapshot: { share: 0, minBytes: 50 } })
      await grow(keeper, 3, 200_000) // so large that it is made with pauses
      await keeper.remove(server)
      await keeper.close?.()
      expect([await rowsOf(schema, 'journal'), await rowsOf(schema, 'snapshots')]).toEqual([0, 0])
    })

    test('that is being made when the keeper closes is there afterwards', async () => {
      const schema = await emptySchema()
      const keeper = openedOn(schema, { snapshot: { share: 0, minBytes: 50 } })
      await grow(keeper, 2, 200_000)
      await keeper.close?.()
      expect(await rowsOf(schema, 'journal')).toBe(0)
    })

    test('cuts nothing of what was written while it was made', async () => {
      const schema = await emptySchema()
      const held = latch()
      const keeper = openedOn(schema, {
        snapshot: { share: 0, minBytes: 50 },
        pool: {
          connect: () => pool.connect(),
          query: async query => {
            if (query.text.startsWith('with made')) await held.opened
            return pool.query(query)
          },
        },
      })
      await grow(keeper, 10)
      held.open()
      await keeper.close?.()
      expect(await rowsOf(schema, 'journal')).toBe(8) // the snapshot was made of the second revision
      expect(await openedOn(schema).load(server)).toMatchObject({
        revision: 10,
        state: { list: { length: 10 } },
      })
    })

    test('never takes the place of a state that was written whole meanwhile, nor of one that became small', async () => {
      for (const next of [{ other: text(3_000) }, 'small']) {
        const schema = await emptySchema()
        const held = latch()
        const keeper = openedOn(schema, {
          snapshot: { share: 0, minBytes: 50 },
          pool: {
            connect: () => pool.connect(),
            query: async query => {
              if (query.text.startsWith('with made')) await held.opened
              return pool.query(query)
            },
          },
        })
        await grow(keeper, 2)
        await commit(keeper, server, { revision: 3, state: next })
        held.open()
        await keeper.close?.()
        expect(await openedOn(schema).load(server)).toMatchObject({ revision: 3, state: next })
        expect(await rowsOf(schema, 'snapshots')).toBe(next === 'small' ? 0 : 1)
      }
    })

    test('of the dictionary keeps the order of its keys', async () => {
      const schema = await emptySchema()
      const callbacks = {
        call: {
          put: (_: unknown, [key, value]: [unknown, unknown], { dictionary }: Context) => {
            dictionary.delete(key)
            dictionary.set(key, value)
          },
          read: (_: unknown, __: unknown, { dictionary }: Context) => [...dictionary],
        },
      }
      const puts: [unknown, unknown][] = [
        ['a', 1],
        ['b', new Map([[1n, 2]])],
        ['c', text(50)],
        ['a', { deep: [1] }],
        [7, 8],
      ]
      const options = { snapshot: { share: 0, minBytes: 60 } }
      const engine = new Engine({ keeper: openedOn(schema, options) })
      const first = await engine.start({ name: 'd', state: 0, callbacks })
      for (const put of puts) await first.call('put', put)
      await engine.close()
      expect(await rowsOf(schema, 'journal')).toBeLessThan(3)
      const next = new Engine({ keeper: openedOn(schema, options) })
      const again = await next.start({ name: 'd', state: 0, callbacks })
      expect(await again.call('read')).toEqual([...puts.slice(1, 3), ...puts.slice(3)])
      await next.close()
    })
  })

  test('nothing is left in a session: behind a PgBouncer that pools transactions all goes as ever', async () => {
    const schema = await emptySchema()
    const callbacks = {
      call: {
        add: async (state: { ids: number[]; filler: string }, id: number, ctx: Context) => {
          state.ids.push(id)
          if (id === 5) ctx.tables.delete('t')
          ;(await ctx.tables.open('t')).set(id, text(100))
          ctx.dictionary.set('last', id)
        },
        read: async ({ ids }: { ids: number[] }, _: unknown, ctx: Context) => [
          ids,
          [...(await ctx.tables.open('t')).keys()],
          ctx.dictionary.get('last'),
        ],
      },
    }
    const options = { pool: scatteredPool(url), snapshot: { share: 0, minBytes: 100 } }
    const state = { ids: [], filler: text(2_000) }
    const engine = new Engine({ keeper: openedOn(schema, options) })
    const server = await engine.start({ name: 's', state, callbacks })
    for (let id = 1; id <= 8; id += 1) await server.call('add', id)
    await engine.close()
    const next = new Engine({ keeper: openedOn(schema, options) })
    const again = await next.start({ name: 's', state, callbacks })
    expect(await again.call('read')).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [5, 6, 7, 8], 8])
    await next.close()
  })
})
