import { expect, test } from '@jest/globals'
import pg from 'pg'
import { describeWith, foundOrStarted, privateServer } from '../support/stores/found-or-started.js'
import { postgresServer } from '../support/stores/postgres-server.js'

const ask = async (url: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<{ n: number }>('select 1 as n')).rows[0]
  } finally {
    await client.end()
  }
}

describeWith(await foundOrStarted(postgresServer), 'a PostgreSQL for tests', url => {
  test('answers', async () => {
    expect(await ask(url)).toEqual({ n: 1 })
  })
})

describeWith(await privateServer(postgresServer), 'a PostgreSQL of one test alone', server => {
  test('can be stopped, killed and halted, and is there again afterwards', async () => {
    for (const end of ['stop', 'kill'] as const) {
      await server[end]()
      await expect(ask(server.url)).rejects.toThrow(/ECONNREFUSED/)
      await server.start()
      expect(await ask(server.url)).toEqual({ n: 1 })
    }
    server.halt()
    const asked = ask(server.url)
    server.resume()
    expect(await asked).toEqual({ n: 1 })
  })
})
