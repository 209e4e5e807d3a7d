import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { StoreServer } from './found-or-started.js'

const DEBIAN = '/usr/lib/postgresql'

const binary = (name: string): string | undefined => {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map(version => join(DEBIAN, version, 'bin')),
  ]
  return folders.map(folder => join(folder, name)).find(existsSync)
}

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

export const postgresServer: StoreServer = {
  name: 'PostgreSQL',
  variable: 'PEEPER_TEST_POSTGRES_URL',
  usual: 'postgres://postgres@127.0.0.1:5432/postgres',
  answers,
  recipe: () => {
    const [initdb, postgres] = [binary('initdb'), binary('postgres')]
    if (initdb === undefined || postgres === undefined) return undefined
    return {
      url: port => `postgres://postgres@127.0.0.1:${port}/postgres`,
      answers,
      prepare: async (folder, user) => {
        const args = ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C']
        await promisify(execFile)(initdb, [...args, '--no-sync'], { ...user, cwd: folder })
      },
      command: (folder, port) => [
        postgres,
        ...['-D', join(folder, 'data'), '-p', String(port), '-k', folder, '-h', '127.0.0.1'],
      ],
      ending: 'SIGINT', // a fast shutdown: it does not wait for clients to go
    }
  },
  cure:
    'install it (apt-get install postgresql, which is enough: one is started for the tests), or say where one is: ' +
    'PEEPER_TEST_POSTGRES_URL=postgres://user:password@host:5432/database.',
}
