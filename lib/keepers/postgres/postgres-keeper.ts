import { BadNameError, BadOptionError } from '../../engine/errors.js'
import type { Identity } from '../../engine/identity.js'
import type { Change, Due, Keeper, Kept } from '../../engine/keeper/keeper.js'
import { checkStoreOptions } from '../record/store-options.js'
import { Tasks } from '../record/tasks.js'
import { warn } from '../record/warn.js'
import type { PostgresKeeperOptions } from './options.js'
import { Records } from './records.js'
import { nameOf, openStore, type Store } from './store.js'

/** Servers that are listed by one statement. */
const PAGE = 1_000
const LONGEST_NAME = 512

class PostgresKeeper implements Keeper {
  private opening: Promise<Store> | undefined = undefined
  private isClosed = false
  private readonly tasks: Tasks
  /** What is being written. */
  private readonly writing = new Set<Promise<unknown>>()
  private readonly report: (error: Error) => void

  constructor(private readonly options: PostgresKeeperOptions) {
    check(options)
    this.report = options.report ?? warn
    this.tasks = new Tasks(this.report)
  }

  async open(): Promise<void> {
    await this.opened()
  }

  async load(server: Identity): Promise<Kept | undefined> {
    checkName(server)
    return new Records(await this.opened(), server).load()
  }

  commit(server: Identity, change: Change, expectedRevision: number): Promise<void> {
    return this.write(async store => {
      checkName(server)
      const tasks = await new Records(store, server).commit(change, expectedRevision)
      for (const task of tasks) this.tasks.start(task)
    })
  }

  remove(server: Identity): Promise<void> {
    return this.write(store => new Records(store, server).remove())
  }

  async *list(name?: string, after?: string): AsyncIterable<Identity> {
    const { connection, schema } = await this.opened()
    const where = name === undefined ? '(name, key) > ($1, $2)' : 'name = $1 and key > $2'
    const text = `select name, key from ${schema.servers} where ${where} order by name, key limit ${PAGE}`
    let last = [name ?? '', after ?? '']
    // A server without a key comes before the first key.
    if (name !== undefined && after === undefined) {
      const [alone] = await connection.ask(`select from ${schema.servers} where name = $1 and key = ''`, [
        name,
      ])
      if (alone !== undefined) yield { name }
    }
    for (;;) {
      const rows = await connection.ask<{ readonly name: string; readonly key: string }>(text, last)
      for (const row of rows) yield identityOf(row)
      const end = rows.at(-1)
      if (end === undefined || rows.length < PAGE) return
      last = [end.name, end.key]
    }
  }

  async due(until: number, limit: number): Promise<Due[]> {
    const { connection, schema } = await this.opened()
    const rows = await connection.ask<{
      readonly name: string
      readonly key: string
      readonly wake_at: number
    }>(`select name, key, wake_at from ${schema.servers} where wake_at <= $1 order by wake_at, id limit $2`, [
      until,
      limit,
    ])
    return rows.map(row => ({ server: identityOf(row), at: row.wake_at }))
  }

  async close(): Promise<void> {
    this.isClosed = true
    const store = await this.opening?.catch(() => undefined) // who asked for it has been told
    this.opening = undefined
    await Promise.allSettled(this.writing)
    await this.tasks.ended()
    await store?.close()
  }

  // A handler that its engine gave up may come back when all is closed: it must not open the store again.
  private async write<T>(work: (store: Store) => Promise<T>): Promise<T> {
    if (this.isClosed) throw new Error(`${nameOf(this.options)} is closed: nothing was written`)
    const written = this.opened().then(work)
    this.writing.add(written)
    try {
      return await written
    } finally {
      this.writing.delete(written)
    }
  }

  // The first who needs it opens it; one that could not be opened is tried again.
  private opened(): Promise<Store> {
    return (this.opening ??= openStore(this.options, this.report).then(
      store => {
        this.isClosed = false
        return store
      },
      (error: unknown) => {
        this.opening = undefined
        throw error
      },
    ))
  }
}

const identityOf = ({ name, key }: { readonly name: string; readonly key: string }): Identity =>
  key === '' ? { name } : { name, key }

// An index takes no longer ones.
const checkName = ({ name }: Identity): void => {
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw new BadNameError(
      name,
      `it is longer than the ${LONGEST_NAME} bytes of UTF-8 that postgresKeeper() can hold`,
    )
}

const check = (options: PostgresKeeperOptions): void => {
  const { url, pool, schema, migrate, connections, timeout } = options
  const bad = (option: string, value: unknown, expected: string): Error =>
    new BadOptionError('postgresKeeper()', option, value, expected)
  if ((url === undefined) === (pool === undefined))
    throw bad(
      'url',
      url === undefined ? url : 'given beside a pool',
      'a url, if there is no pool; one of the two',
    )
  if (url !== undefined && !isUrl(url))
    throw bad('url', hidden(url), "a url such as 'postgres://user@host:5432/database'")
  if (pool !== undefined && !(typeof pool.query === 'function' && typeof pool.connect === 'function'))
    throw bad('pool', pool, "a Pool of the package 'pg'")
  if (schema !== undefined && !(typeof schema === 'string' && /^[^\0]{1,63}$/.test(schema)))
    throw bad('schema', schema, 'a name of up to 63 characters')
  if (migrate !== undefined && typeof migrate !== 'boolean') throw bad('migrate', migrate, 'true or false')
  checkStoreOptions(options, bad)
  for (const [option, value] of Object.entries({ connections, timeout }))
    if (value !== undefined && !(typeof value === 'number' && value >= 1))
      throw bad(option, value, 'a number from 1 on')
}

const isUrl = (url: unknown): boolean =>
  typeof url === 'string' && URL.canParse(url) && ['postgres:', 'postgresql:'].includes(new URL(url).protocol)

// It may hold a password.
const hidden = (url: unknown): unknown => (typeof url === 'string' ? url.replace(/\/\/[^@]*@/, '//…@') : url)

/**
 * Keeps states in PostgreSQL (12 or later): they outlive the process and its machine, and several processes may share them. Needs the package `pg`
 * unless it is given a `pool`: `npm install pg`.
 *
 * A commit is one statement, which changes the row of its server if that is at the revision its owner has seen: of two processes that write one
 * server one is refused, whatever either of them believes. What it writes follows the change: a small state is written whole, of a large one what
 * changed in it, and of a table the entries that were written. Nothing is left in a session, so a PgBouncer that pools transactions may stand
 * between. It is opened when the application starts, and closed with it.
 *
 * @example
 * PeeperModule.forRoot({ keeper: postgresKeeper({ url: 'postgres://app@localhost:5432/app' }) })
 * @throws BadOptionError; at the start MissingDriverError, StoreUnreachableError, StoreRightsError,
 * StoreVersionError, StoreNotMigratedError, NewerStoreError
 */
export const postgresKeeper = (options: PostgresKeeperOptions): Keeper => new PostgresKeeper(options)
