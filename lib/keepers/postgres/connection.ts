import { systemClock } from '../../engine/clock.js'
import { StoreSilentError } from '../record/store-errors.js'
import type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './driver.js'

/** Asks one statement. */
export type Ask = <Row>(text: string, values?: unknown[]) => Promise<Row[]>

/**
 * A database, through a pool. Nothing is left in a session: no prepared statement, no setting, no lock. Each statement, or each transaction, may go by
 * another connection, as behind a PgBouncer that pools transactions.
 */
export class Connection {
  constructor(
    private readonly pool: PostgresPool,
    /** What the store is called in errors. */
    readonly store: string,
    private readonly timeout: number,
  ) {}

  /** One statement: it happens whole or not at all. */
  readonly ask: Ask = <Row>(text: string, values?: unknown[]) => this.askAt<Row>(this.pool, text, values)

  /** Several statements that happen together or not at all. */
  async transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const client = await this.connected()
    client.on('error', ignore) // a connection that breaks tells the statement that waits for it
    let isDone = false
    try {
      const ask: Ask = (text, values) => this.askAt(client, text, values)
      await ask('begin')
      const result = await work(ask)
      await ask('commit')
      isDone = true
      return result
    } finally {
      client.removeListener('error', ignore)
      client.release(!isDone) // what is not committed ends with its connection
    }
  }

  private async connected(): Promise<PostgresClient> {
    const connecting = this.pool.connect()
    try {
      return await this.within(connecting)
    } catch (error) {
      connecting.then(
        client => {
          client.release()
        },
        () => undefined,
      )
      throw error
    }
  }

  private async askAt<Row>(
    to: { query(query: PostgresQuery): Promise<PostgresResult> },
    text: string,
    values?: unknown[],
  ): Promise<Row[]> {
    const query = { text, query_timeout: this.timeout, ...(values === undefined ? {} : { values }) }
    return (await this.within(to.query(query))).rows as Row[]
  }

  // The driver's own limit begins when it has a connection, and frees that; a pool that is not the driver's may know none.
  within<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = systemClock.after(this.timeout, () => {
        reject(new StoreSilentError(this.store, this.timeout))
      })
      answer.then(
        value => {
          late.cancel()
          resolve(value)
        },
        (error: unknown) => {
          late.cancel()
          reject(isTimeout(error) ? new StoreSilentError(this.store, this.timeout) : error)
        },
      )
    })
  }
}

const ignore = (): void => undefined

const isTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Query read timeout|timeout exceeded when trying to connect)$/.test(error.message)
