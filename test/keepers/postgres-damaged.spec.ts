import { describe, expect, test } from '@jest/globals'
import { Engine, type Callbacks, type Context } from 'nestjs-peeper/engine'
import type { PostgresKeeperOptions } from 'nestjs-peeper/postgres'
import { commit } from '../support/commit.js'
import { describeWith } from '../support/stores/found-or-started.js'
import { emptySchema, openedOn, postgresPool, postgresUrl } from '../support/stores/temporary-postgres.js'

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
const pool = postgresPool()

/** A server with a snapshot and a journal, `n` is 3, and a table of two entries. */
const store = async (size = 2_000): Promise<string> => {
  const schema = await emptySchema()
  const engine = new Engine({ keeper: openedOn(schema) })
  const server = await engine.start({ ...lot, state: { text: 'x'.repeat(size), n: 0 } })
  for (let n = 0; n < 3; n += 1) await server.call('inc')
  for (const key of ['a', 'b']) await server.call('bid', [key, 1])
  await engine.close()
  return schema
}

const opened = (
  schema: string,
  options: Partial<PostgresKeeperOptions> = {},
): { engine: Engine; reported: Error[] } => {
  const reported: Error[] = []
  const keeper = openedOn(schema, { report: error => reported.push(error), ...options })
  return { engine: new Engine({ keeper }), reported }
}

const LAST = 'set_byte(record, length(record) - 1, get_byte(record, length(record) - 1) # 1)'

/** Changes the last byte of records, or what is said. */
const spoil = (schema: string, table: string, where = 'true', record = LAST): Promise<unknown> =>
  pool.query(`update "${schema}".${table} set record = ${record} where ${where}`)

const lose = (schema: string, table: string, where = 'true'): Promise<unknown> =>
  pool.query(`delete from "${schema}".${table} where ${where}`)

describeWith(postgresUrl, 'PostgreSQL', () => {
  describe('a damaged record', () => {
    test.each<[string, string, string, number, RegExp]>([
      [
        'the head',
        'servers',
        'true',
        2_000,
        /the head of 'lot' in the schema '.*' of the given pool is damaged: its checksum/,
      ],
      ['a state that stands in the head', 'servers', 'true', 10, /the head of 'lot'/],
      ['the snapshot', 'snapshots', 'stream = 1', 2_000, /the snapshot of the state of 'lot'/],
      [
        'the journal',
        'journal',
        'stream = 1 and revision = 3',
        2_000,
        /the journal, revision 3, of the state of 'lot'/,
      ],
      ['the snapshot of the dictionary', 'snapshots', 'stream = 2', 10, /the snapshot of the dictionary/],
      [
        'the journal of the dictionary',
        'journal',
        'stream = 2 and revision = 3',
        10,
        /the journal, revision 3, of the dictionary/,
      ],
      ['the description of a table', 'tables', 'true', 10, /the description of a table of 'lot'/],
    ])('%s: is named, and the server does not start', async (_, table, where, size, message) => {
      const schema = await store(size)
      await spoil(schema, table, where)
      const { engine } = opened(schema)
      await expect(engine.start(lot)).rejects.toMatchObject({
        cause: { code: 'PEEPER_DAMAGED_RECORD', server: 'lot', message: expect.stringMatching(message) },
      })
      const other = await engine.start({ ...lot, name: 'other', state: { n: 7 } })
      expect(await other.call('read')).toBe(7)
      await engine.close()
    })

    test.each([2, 3, 4])('a journal record that is not there is missed: revision %d', async revision => {
      const schema = await store()
      await lose(schema, 'journal', `stream = 1 and revision = ${revision}`)
      const { engine } = opened(schema)
      await expect(engine.start(lot)).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/the revisions from \d to \d are not there/) },
      })
      await engine.close()
    })

    test('a snapshot that is not there is missed; start with { reset: true } discards it all', async () => {
      const schema = await store()
      await lose(schema, 'snapshots')
      const { engine } = opened(schema, { onDamaged: 'last-good' })
      await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_DAMAGED_RECORD' } })
      engine.declare(lot)
      const server = await engine.start('lot', { reset: true, state: { text: '', n: 0 } })
      expect(await server.call('inc')).toBe(1)
      await engine.close()
    })

    test('an entry of a table fails the handler that opens it', async () => {
      const schema = await store()
      await spoil(schema, 'entries', `key = (select key from "${schema}".entries order by key desc limit 1)`)
      const { engine } = opened(schema)
      const server = await engine.start(lot)
      await expect(server.call('bids')).rejects.toMatchObject({
        cause: { code: 'PEEPER_DAMAGED_RECORD', place: "entry 2 of the table 'bids'", server: 'lot' },
      })
      expect(await server.call('read')).toBe(3)
      await engine.close()
    })
  })

  describe("a damaged record, with { onDamaged: 'last-good' }", () => {
    test.each<[string, (schema: string) => Promise<unknown>]>([
      ['damaged', schema => spoil(schema, 'journal', 'stream = 1 and revision = 3')],
      ['not there', schema => lose(schema, 'journal', 'stream = 1 and revision = 3')],
    ])(
      'a journal that is %s in its middle ends before it; what comes after is written on that',
      async (_, harm) => {
        const schema = await store()
        await harm(schema)
        const { engine, reported } = opened(schema, { onDamaged: 'last-good' })
        const server = await engine.start(lot)
        expect(await server.call('read')).toBe(1)
        expect(reported).toMatchObject([{ code: 'PEEPER_DAMAGED_RECORD', server: 'lot' }])
        expect(await server.call('inc')).toBe(2)
        await engine.close()
        const { engine: next } = opened(schema)
        expect(await (await next.start(lot)).call('inc')).toBe(3)
        await next.close()
      },
    )

    test.each([10, 2_000])('of the dictionary likewise (a state of %d characters)', async size => {
      const schema = await store(size)
      await spoil(schema, 'journal', 'stream = 2 and revision = 4')
      const { engine, reported } = opened(schema, { onDamaged: 'last-good' })
      const server = await engine.start(lot)
      expect([await server.call('read'), await server.call('dictionary')]).toEqual([3, [['n', 2]]])
      expect(reported).toMatchObject([{ place: 'journal, revision 4, of the dictionary' }])
      await server.call('inc')
      await engine.close()
      const { engine: next } = opened(schema)
      const again = await next.start(lot)
      expect([await again.call('read'), await again.call('dictionary')]).toEqual([4, [['n', 4]]])
      await next.close()
    })

    test('whoever still holds the state of before writes no more: to mend it is a change', async () => {
      const schema = await store()
      const old = openedOn(schema)
      const server = { name: 'lot' }
      const { revision, state } = (await old.load(server))!
      await spoil(schema, 'journal', 'stream = 1 and revision = 3')
      const { engine } = opened(schema, { onDamaged: 'last-good' })
      await engine.start(lot)
      await expect(commit(old, server, { revision: revision + 1, state })).rejects.toMatchObject({
        code: 'PEEPER_STALE_OWNER',
      })
      await engine.close()
    })

    test('an entry of a table is left out, and reported', async () => {
      const schema = await store()
      await spoil(schema, 'entries', `key = (select key from "${schema}".entries order by key limit 1)`)
      const { engine, reported } = opened(schema, { onDamaged: 'last-good' })
      const server = await engine.start(lot)
      expect(await server.call('bids')).toEqual([['b', 1]])
      expect(reported).toMatchObject([{ place: "entry 1 of the table 'bids'", server: 'lot' }])
      await engine.close()
    })
  })

  test.each(['servers', 'snapshots', 'journal'])(
    'a record of a later release is not read, nor taken for a damaged one: %s',
    async table => {
      const schema = await store()
      await spoil(schema, table, 'true', 'set_byte(record, 0, 2)')
      const { engine } = opened(schema, { onDamaged: 'last-good' })
      await expect(engine.start(lot)).rejects.toMatchObject({ cause: { code: 'PEEPER_NEWER_STORE' } })
      await engine.close()
    },
  )
})
