import pg from 'pg'
import type { PostgresPool } from 'nestjs-peeper/postgres'

/**
 * A pool as a PgBouncer that pools transactions seems to one: each statement outside a transaction, and each transaction, goes by a connection that
 * has never been used and never is again. What is left in a session is lost.
 */
export const scatteredPool = (url: string): PostgresPool => {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  return {
    query: async query => {
      const client = await connect()
      try {
        return await client.query(query)
      } finally {
        await client.end()
      }
    },
    connect: async () => {
      const client = await connect()
      return Object.assign(client, { release: () => void client.end() })
    },
  }
}
