// PostgreSQL, by its driver alone and under our keeper: the same server, the same statement, as many connections.

import type { Server } from '../row.js'
import type { Write } from '../writing.js'

/** Where it is: a database in which schemas may be made. */
const URL_OF_POSTGRES = process.env.PEEPER_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** Where servers of this benchmark are kept, if it is there. */
export const POSTGRES: Server = {
  name: 'PostgreSQL',
  variable: 'PEEPER_TEST_POSTGRES_URL',
  url: URL_OF_POSTGRES,
}

const CONNECTIONS = 10
const STATE_BYTES = 200

interface Account {
  readonly note: string
  balance: number
}

// Each trial has a schema to itself, which the next run of it finds and drops.
const emptySchema = async (name: string): Promise<string> => {
  const { default: pg } = await import('pg')
  const client = new pg.Client(URL_OF_POSTGRES)
  await client.connect()
  await client.query(`drop schema if exists "${name}" cascade`)
  await client.end()
  return name
}

/** So many servers on our keeper; each call changes one field. */
export const ourServers = async (servers: number): Promise<Write> => {
  const { Engine } = await import('nestjs-peeper/engine')
  const { postgresKeeper } = await import('nestjs-peeper/postgres')
  const schema = await emptySchema(`peeper_bench_ours_${servers}`)
  const keeper = postgresKeeper({ url: URL_OF_POSTGRES, schema, connections: CONNECTIONS })
  const engine = new Engine({ keeper })
  const callbacks = { call: { pay: (state: Account) => (state.balance += 1) } }
  const started = await Promise.all(
    Array.from({ length: servers }, (_, i) =>
      engine.start({
        name: `account-${i}`,
        state: { note: 'x'.repeat(STATE_BYTES), balance: 0 },
        callbacks,
      }),
    ),
  )
  return caller => (started[caller] as (typeof started)[number]).call('pay') as Promise<number>
}

/** The statement of the keeper, by the driver: a row for each caller, and bytes that are ready. */
export const rawPostgres = async (rows: number): Promise<Write> => {
  const { default: pg } = await import('pg')
  const { postgresMigration } = await import('nestjs-peeper/postgres')
  const schema = await emptySchema(`peeper_bench_raw_${rows}`)
  const pool = new pg.Pool({ connectionString: URL_OF_POSTGRES, max: CONNECTIONS })
  await pool.query(postgresMigration(schema))
  const record = Buffer.alloc(STATE_BYTES + 20, 'x')
  const made = await pool.query<{ id: string }>(
    `insert into ${schema}.servers (name, key, revision, record) select 'account', n::text, 0, $1 from generate_series(1, $2::int) n returning id`,
    [record, rows],
  )
  const ids = made.rows.map(({ id }) => id)
  const revisions = ids.map(() => 0)
  const text =
    `update ${schema}.servers set revision = $1, wake_at = $2, record = $3 ` +
    `where id = $4 and revision = $5 returning id`
  return async caller => {
    const before = revisions[caller] as number
    const { rowCount } = await pool.query(text, [before + 1, null, record, ids[caller], before])
    if (rowCount !== 1) throw new Error('another has written it')
    return (revisions[caller] = before + 1)
  }
}
