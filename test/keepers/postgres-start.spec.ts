import { describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { Engine, type Keeper } from 'nestjs-peeper/engine'
import {
  postgresKeeper,
  postgresMigration,
  type PostgresKeeperOptions,
  type PostgresPool,
} from 'nestjs-peeper/postgres'
import { commit } from '../support/commit.js'
import { runScript } from '../support/child-process.js'
import { describeWith } from '../support/stores/found-or-started.js'
import {
  emptySchema,
  openedOn,
  postgresPool,
  postgresUrl,
  unusedSchema,
} from '../support/stores/temporary-postgres.js'
import { thrownBy } from '../support/thrown.js'

const pool = postgresPool()
const server = { name: 'counter', state: 0, callbacks: {}, init: { retries: 0 } }

/** How the start of a server on such a keeper ends. */
const starting = async (keeper: Keeper): Promise<unknown> => {
  const engine = new Engine({ keeper })
  const ended: unknown = await engine.start(server).then(
    () => 'started',
    (error: unknown) => error,
  )
  await engine.close()
  return ended
}

describeWith(postgresUrl, 'the tables of a PostgreSQL keeper', url => {
  test('are made by the first of several that start at once', async () => {
    const schema = unusedSchema()
    const keepers = Array.from({ length: 6 }, () => openedOn(schema))
    await Promise.all(keepers.map(async keeper => keeper.open?.()))
    await commit(keepers[0]!, { name: 'a' }, { revision: 1, state: 1 })
    expect(await keepers[5]!.load({ name: 'a' })).toMatchObject({ state: 1 })
  })

  test('are not made by one that is told so: they have to be there', async () => {
    const schema = unusedSchema()
    const keeper = (): Keeper => openedOn(schema, { migrate: false })
    expect(await starting(keeper())).toMatchObject({
      code: 'PEEPER_STORE_NOT_MIGRATED',
      message: expect.stringContaining(`postgresMigration('${schema}')`),
    })
    for (let times = 0; times < 2; times += 1) await pool.query(postgresMigration(schema))
    expect(await starting(keeper())).toBe('started')
  })

  test('may be in a schema of any name', async () => {
    const schema = `${unusedSchema().slice(0, 40)} "Odd".é`
    const keeper = openedOn(schema)
    await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
    expect(await keeper.load({ name: 'a' })).toMatchObject({ state: 1 })
    await pool.query(`drop schema "${schema.replaceAll('"', '""')}" cascade`)
  })

  test('need a server that is not of long ago, nor a replica', async () => {
    const schema = await emptySchema()
    const on = (is: object): Keeper => {
      const query: PostgresPool['query'] = async asked => {
        const { rows } = await pool.query(asked)
        return {
          rows: asked.text.includes('server_version_num') ? [{ ...(rows[0] as object), ...is }] : rows,
        }
      }
      return openedOn(schema, { pool: { query, connect: () => pool.connect() } })
    }
    expect(await starting(on({ release: 110_022 }))).toMatchObject({
      code: 'PEEPER_STORE_VERSION',
      message: expect.stringMatching(/is of PostgreSQL 11: .* needs PostgreSQL 12 or later/),
    })
    expect(await starting(on({ replica: true }))).toMatchObject({
      code: 'PEEPER_STORE_RIGHTS',
      message: expect.stringMatching(/replica.*primary/),
    })
    expect(await starting(on({}))).toBe('started')
  })

  test('of a later release are refused', async () => {
    const schema = unusedSchema()
    await pool.query(postgresMigration(schema))
    await pool.query(`update "${schema}".format set format = 2`)
    expect(await starting(openedOn(schema))).toMatchObject({ code: 'PEEPER_NEWER_STORE' })
  })

  test('that the user may not make, or may not write to, fail the start with what to do', async () => {
    const schema = unusedSchema()
    const role = schema.slice(0, 30)
    await pool.query(`create role "${role}" login`)
    const other = new URL(url)
    other.username = role
    const keeper = (): Keeper => openedOn(schema, { url: other.href })
    try {
      expect(await starting(keeper())).toMatchObject({
        code: 'PEEPER_STORE_RIGHTS',
        message: expect.stringMatching(/permission denied.*Grant that user/),
      })
      await pool.query(postgresMigration(schema))
      expect(await starting(keeper())).toMatchObject({ code: 'PEEPER_STORE_RIGHTS' })
      await pool.query(`grant usage on schema "${schema}" to "${role}"`)
      await pool.query(`grant select, insert, update on all tables in schema "${schema}" to "${role}"`)
      expect(await starting(keeper())).toMatchObject({
        code: 'PEEPER_STORE_RIGHTS',
        message: expect.stringMatching(/may not delete in .*servers/),
      })
      await pool.query(`grant delete on all tables in schema "${schema}" to "${role}"`)
      expect(await starting(keeper())).toBe('started')
    } finally {
      await pool.query(`drop owned by "${role}"; drop role "${role}"`)
    }
  })
})

describeWith(postgresUrl, 'a PostgreSQL that is not to be had', url => {
  const changed = (change: (url: URL) => void): string => {
    const next = new URL(url)
    change(next)
    return next.href
  }

  test.each<[string, string, RegExp]>([
    [
      'a port where nobody listens',
      changed(to => (to.port = '1')),
      /cannot be reached: connect ECONNREFUSED/,
    ],
    [
      'a host that is not there',
      changed(to => (to.hostname = 'no-such-host.invalid')),
      /cannot be reached: .*ENOTFOUND|EAI_AGAIN/,
    ],
    [
      'a database that is not there',
      changed(to => (to.pathname = '/no_such_database')),
      /"no_such_database" does not exist/,
    ],
    ['a user that is not there', changed(to => (to.username = 'no_such_user')), /no_such_user/],
  ])('fails the start with what to do: %s', async (_, where, message) => {
    const error = await starting(postgresKeeper({ url: withPassword(where) }))
    expect(error).toMatchObject({ code: 'PEEPER_STORE_UNREACHABLE', message: expect.stringMatching(message) })
    expect((error as Error).message).not.toContain('secret')
  })

  test('may be there the next time: the keeper tries again', async () => {
    let isThere = false
    const schema = await emptySchema()
    const keeper = openedOn(schema, {
      pool: {
        query: query => (isThere ? pool.query(query) : Promise.reject(refused())),
        connect: () => pool.connect(),
      },
    })
    await expect(keeper.open?.()).rejects.toMatchObject({ code: 'PEEPER_STORE_UNREACHABLE' })
    isThere = true
    await keeper.open?.()
    expect(await keeper.load({ name: 'a' })).toBeUndefined()
  })

  test('answers nothing in time: the commit fails, and may have happened', async () => {
    const schema = await emptySchema()
    const keeper = openedOn(schema, { url, timeout: 300 })
    await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
    const blocking = await pool.connect()
    try {
      await blocking.query('begin')
      await blocking.query(`select from "${schema}".servers for update`)
      const late = commit(keeper, { name: 'a' }, { revision: 2, base: 1, state: 2 })
      await expect(late).rejects.toMatchObject({
        code: 'PEEPER_STORE_SILENT',
        message: expect.stringMatching(/did not answer within 300 ms/),
      })
    } finally {
      await blocking.query('rollback')
      blocking.release()
    }
    // It happens now, or never: whoever comes next sees which, and goes on from there.
    const found = await keeper.load({ name: 'a' })
    await commit(keeper, { name: 'a' }, { revision: 3, state: 3 }, found!.revision).catch(async () =>
      commit(keeper, { name: 'a' }, { revision: 3, state: 3 }, 2),
    )
    expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 3, state: 3 })
  })

  test('ends a connection that nobody uses: the next commit takes another', async () => {
    const schema = await emptySchema()
    const mine = new URL(url)
    mine.searchParams.set('application_name', schema)
    const keeper = openedOn(schema, { url: mine.href })
    await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
    const { rowCount } = await pool.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1',
      [schema],
    )
    expect(rowCount).toBe(1)
    let revision = 1
    const next = (): Promise<unknown> => commit(keeper, { name: 'a' }, { revision: 2, state: 2 }, revision)
    await next().catch(next) // the first may still meet the connection that has gone
    revision = 2
    expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 2 })
  })
})

/** With a password, which no message may show. */
const withPassword = (url: string): string => {
  const next = new URL(url)
  next.password = 'secret'
  return next.href
}

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

describe('options of postgresKeeper()', () => {
  const given = new pg.Pool()
  test.each<[string, unknown, RegExp]>([
    ['neither url nor pool', {}, /option 'url'/],
    ['both', { url: 'postgres://a@b/c', pool: given }, /option 'url'.*given beside a pool/],
    ['a url of something else', { url: 'mysql://me:secret@b/c' }, /option 'url'.*mysql:\/\/…@b\/c/],
    ['what is no pool', { pool: {} }, /option 'pool'/],
    ['an empty schema', { pool: given, schema: '' }, /option 'schema'/],
    ['migrate', { pool: given, migrate: 'yes' }, /option 'migrate'/],
    ['timeout', { pool: given, timeout: 0 }, /option 'timeout'/],
    ['connections', { url: 'postgres://a@b/c', connections: NaN }, /option 'connections'/],
    ['onDamaged', { pool: given, onDamaged: 'ignore' }, /option 'onDamaged'/],
    ['snapshot', { pool: given, snapshot: { share: -1 } }, /option 'snapshot.share'/],
  ])('%s', (_, options, message) => {
    const error = thrownBy(() => postgresKeeper(options as PostgresKeeperOptions))
    expect(error).toMatchObject({ code: 'PEEPER_BAD_OPTION', message: expect.stringMatching(message) })
    expect((error as Error).message).not.toContain('secret')
  })
})

test('without the package pg the start says what to install', async () => {
  const { lines, stderr } = await runScript(`
    import { register } from 'node:module'
    const hooks = 'export const resolve = (s, c, next) => { if (s === "pg") throw new Error("no pg here"); return next(s, c) }'
    register('data:text/javascript,' + encodeURIComponent(hooks))
    const { postgresKeeper } = await import('nestjs-peeper/postgres')
    await postgresKeeper({ url: 'postgres://a@127.0.0.1:1/b' }).open().catch(e => console.log(e.code, e.message))`)
  expect({ lines, stderr }).toMatchObject({
    lines: [expect.stringMatching(/^PEEPER_MISSING_DRIVER .*npm install pg$/)],
  })
})
