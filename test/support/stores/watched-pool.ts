import type pg from 'pg'
import type { PostgresPool, PostgresQuery, PostgresResult } from 'nestjs-peeper/postgres'

/** What went to a pool. */
export interface Watched {
  readonly pool: PostgresPool
  /** Statements, since it was last asked. */
  statements(): string[]
  /** Rows that were read since it was last asked. */
  rows(): number
}

export const watchedPool = (inner: pg.Pool): Watched => {
  const texts: string[] = []
  let read = 0
  const watched = async (
    query: PostgresQuery,
    ask: () => Promise<PostgresResult>,
  ): Promise<PostgresResult> => {
    texts.push(query.text)
    const result = await ask()
    read += result.rows.length
    return result
  }
  return {
    pool: {
      query: query => watched(query, () => inner.query(query)),
      connect: async () => {
        const client = await inner.connect()
        return {
          query: query => watched(query, () => client.query(query)),
          release: destroy => {
            client.release(destroy)
          },
          on: (event, listener) => client.on(event, listener),
          removeListener: (event, listener) => client.removeListener(event, listener),
        }
      },
    },
    statements: () => texts.splice(0),
    rows: () => {
      const count = read
      read = 0
      return count
    },
  }
}
