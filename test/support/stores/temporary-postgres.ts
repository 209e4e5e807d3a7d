import { afterAll, afterEach } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Keeper } from 'nestjs-peeper/engine'
import { postgresKeeper, postgresMigration, type PostgresKeeperOptions } from 'nestjs-peeper/postgres'
import { foundOrStarted } from './found-or-started.js'
import { postgresServer } from './postgres-server.js'

/** Where the PostgreSQL of this test file is, if there is one. It need not wait for the disk. */
export const postgresUrl = await foundOrStarted(postgresServer)

const pool = new pg.Pool({
  ...(postgresUrl === undefined ? {} : { connectionString: postgresUrl }),
  max: 8,
  options: '-c synchronous_commit=off',
})
pool.on('error', () => undefined)

const made: string[] = []
/** Schemas with tables in them, and those of them that no test uses. */
const ready: string[] = []
const free: string[] = []
const keepers: Keeper[] = []

afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close?.()
  free.splice(0, free.length, ...ready)
})

afterAll(async () => {
  for (const schema of made.splice(0)) await pool.query(`drop schema if exists "${schema}" cascade`)
  await pool.end()
})

/** A pool of this test file. */
export const postgresPool = (): pg.Pool => pool

/** The name of a schema that is not there; it is dropped when the tests of this file have run. */
export const unusedSchema = (): string => {
  const schema = `peeper_test_${randomUUID().replaceAll('-', '')}`
  made.push(schema)
  return schema
}

const TABLES = ['servers', 'snapshots', 'journal', 'tables', 'entries']

/** A schema with empty tables, until the test has ended. */
export const emptySchema = async (): Promise<string> => {
  const used = free.pop()
  if (used !== undefined) {
    await pool.query(TABLES.map(table => `delete from "${used}".${table}`).join(';'))
    return used
  }
  const schema = unusedSchema()
  await pool.query(postgresMigration(schema))
  ready.push(schema)
  return schema
}

/** A PostgreSQL keeper on empty tables of its own. A journal of a few small changes is long enough for a snapshot. */
export const temporaryPostgresKeeper = (options: Partial<PostgresKeeperOptions> = {}): Keeper => {
  let made: Promise<Keeper> | undefined
  const keeper = (): Promise<Keeper> =>
    (made ??= emptySchema().then(schema =>
      openedOn(schema, { snapshot: { share: 0, minBytes: 100 }, ...options }),
    ))
  return {
    load: async server => (await keeper()).load(server),
    commit: async (server, change, expected) => (await keeper()).commit(server, change, expected),
    remove: async server => (await keeper()).remove(server),
    list: async function* (name, after) {
      yield* (await keeper()).list(name, after)
    },
    due: async (until, limit) => (await (await keeper()).due?.(until, limit)) ?? [],
    close: async () => (await made)?.close?.(),
  }
}

/** A keeper on this schema, closed when the test has ended. */
export const openedOn = (schema: string, options: Partial<PostgresKeeperOptions> = {}): Keeper => {
  const keeper = postgresKeeper({ ...(options.url === undefined ? { pool } : {}), schema, ...options })
  keepers.push(keeper)
  return keeper
}
