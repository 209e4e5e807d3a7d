import { MissingDriverError } from '../record/errors.js'

/** One statement. Without `values` it may be several. */
export interface PostgresQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly query_timeout?: number
}

/** What a statement answers. */
export interface PostgresResult {
  readonly rows: unknown[]
}

/** A connection that was taken from a pool. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>
  /** Gives it back; with `true` it is closed. */
  release(destroy?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** What a `Pool` of the package `pg` looks like to this keeper. */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<PostgresResult>
  connect(): Promise<PostgresClient>
}

/** A pool that is the keeper's own. */
export interface OwnPool extends PostgresPool {
  end(): Promise<void>
}

/** Opens a pool. Nothing is connected yet. Throws `MissingDriverError`. */
export const openPool = async (url: string, connections: number, timeout: number): Promise<OwnPool> => {
  const { Pool } = await driver()
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: timeout,
    keepAlive: true,
  })
  // Of a connection that nobody uses: whoever wants one next gets another, or is told why there is none.
  pool.on('error', () => undefined)
  return pool
}

// Loaded when it is needed: who keeps nothing in PostgreSQL need not have it.
const driver = async (): Promise<{ readonly Pool: PoolClass }> => {
  try {
    const pg = (await import('pg')) as unknown as { readonly default: { readonly Pool: PoolClass } }
    return pg.default
  } catch (error) {
    throw new MissingDriverError("postgresKeeper({ url: '…' })", 'pg', error)
  }
}

type PoolClass = new (options: {
  readonly connectionString: string
  readonly max: number
  readonly connectionTimeoutMillis: number
  readonly keepAlive: boolean
}) => OwnPool & { on(event: 'error', listener: (error: Error) => void): unknown }
