import type { Identity } from '../../engine/identity.js'
import { NewerStoreError } from '../record/errors.js'
import { FORMAT } from '../record/frame.js'
import { Connection } from './connection.js'
import { openPool, type OwnPool } from './driver.js'
import {
  StoreRightsError,
  StoreSilentError,
  StoreUnreachableError,
  StoreVersionError,
} from '../record/store-errors.js'
import { StoreNotMigratedError } from './errors.js'
import type { Known } from './known.js'
import type { PostgresKeeperOptions } from './options.js'
import { postgresMigration, Schema, SCHEMA } from './schema.js'
import { Reading } from './stored.js'

/** Milliseconds that a statement may take unless it is said. */
const TIMEOUT = 10_000
const CONNECTIONS = 10
/** Releases before it are no longer looked after by anybody. */
const OLDEST = 12

/** An open store. */
export interface Store {
  readonly connection: Connection
  readonly schema: Schema
  readonly reading: Reading
  readonly options: PostgresKeeperOptions
  readonly report: (error: Error) => void
  /** By the identity that its engine names it by: it goes with it. */
  readonly known: WeakMap<Identity, Known>
  close(): Promise<void>
}

/** What the store is called in errors. */
export const nameOf = ({ url, schema = SCHEMA }: PostgresKeeperOptions): string => {
  if (url === undefined) return `the schema '${schema}' of the given pool`
  const { protocol, host, pathname } = new URL(url)
  return `the schema '${schema}' of ${protocol}//${host}${pathname}` // without user and password
}

/**
 * Opens a store, and makes its tables if they are not there.
 *
 * @throws MissingDriverError, StoreUnreachableError, StoreRightsError, StoreVersionError, StoreNotMigratedError, NewerStoreError
 */
export const openStore = async (
  options: PostgresKeeperOptions,
  report: (error: Error) => void,
): Promise<Store> => {
  const { url, connections = CONNECTIONS, timeout = TIMEOUT } = options
  const own = url === undefined ? undefined : await openPool(url, connections, timeout)
  const connection = new Connection(options.pool ?? (own as OwnPool), nameOf(options), timeout)
  const schema = new Schema(options.schema ?? SCHEMA)
  const close = async (): Promise<void> => {
    if (own !== undefined) await connection.within(own.end()).catch(() => undefined)
  }
  try {
    await makeReady(connection, schema, options.migrate ?? true)
  } catch (error) {
    await close()
    throw reasonOf(error, connection.store)
  }
  return {
    connection,
    schema,
    reading: new Reading(connection, schema),
    options,
    report,
    known: new WeakMap(),
    close,
  }
}

const makeReady = async (connection: Connection, schema: Schema, migrate: boolean): Promise<void> => {
  const { store } = connection
  const [is] = await connection.ask<{
    readonly release: number
    readonly there: boolean
    readonly replica: boolean
  }>(
    `select current_setting('server_version_num')::int as release, to_regclass($1) is not null as there, pg_is_in_recovery() as replica`,
    [schema.format],
  )
  if (is !== undefined && is.release < OLDEST * 10_000)
    throw new StoreVersionError(
      store,
      `of PostgreSQL ${Math.floor(is.release / 10_000)}`,
      `PostgreSQL ${OLDEST} or later`,
    )
  if (is?.replica === true)
    throw new StoreRightsError(
      store,
      'it is a replica, which is only read',
      'Give the keeper the url of the primary.',
    )
  if (is?.there !== true) {
    if (!migrate) throw new StoreNotMigratedError(store, schema.name)
    await connection.ask(postgresMigration(schema.name))
  }
  const [found] = await connection.ask<{ readonly format: number }>(`select format from ${schema.format}`)
  if (found === undefined) throw new StoreNotMigratedError(store, schema.name)
  if (found.format > FORMAT) throw new NewerStoreError(store, found.format, FORMAT)
  await mayWrite(connection, schema)
}

const mayWrite = async ({ ask, store }: Connection, schema: Schema): Promise<void> => {
  const { servers, snapshots, journal, tables, entries } = schema
  const missing = await ask<{ readonly name: string; readonly right: string }>(
    `select t.name, r.right from unnest($1::text[]) as t (name), unnest($2::text[]) as r ("right") ` +
      `where not has_table_privilege(t.name, r."right")`,
    [
      [servers, snapshots, journal, tables, entries],
      ['select', 'insert', 'update', 'delete'],
    ],
  )
  const [first] = missing
  if (first === undefined) return
  throw new StoreRightsError(store, `the user may not ${first.right} in ${first.name}`, GRANT)
}

const GRANT =
  'Grant that user usage on the schema, and select, insert, update and delete on its tables; or let a user that may create tables start it once, ' +
  'or run the SQL of postgresMigration().'

/** `insufficient_privilege` */
const NO_RIGHT = '42501'

const reasonOf = (error: unknown, store: string): unknown => {
  const { code = '', message } = error as { readonly code?: string; readonly message?: string }
  if (code === NO_RIGHT) return new StoreRightsError(store, message ?? code, GRANT, error)
  const isReach =
    error instanceof StoreSilentError ||
    /^(E[A-Z]+|28...|3D000|08...|57P0.|53300)$/.test(code) ||
    message === 'Connection terminated unexpectedly'
  return isReach ? new StoreUnreachableError(store, error) : error
}
