import { Redis } from 'ioredis'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { StoreServer } from './found-or-started.js'

const binary = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap(folder => ['redis-server', 'valkey-server'].map(name => join(folder, name)))
    .find(existsSync)

const answers = async (url: string): Promise<boolean> => {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 2_000, retryStrategy: () => null })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.ping()
    return true
  } catch {
    return false
  } finally {
    if (client.status !== 'end') client.disconnect() // a second end would take two seconds
  }
}

export const redisServer: StoreServer = {
  name: 'Redis',
  variable: 'PEEPER_TEST_REDIS_URL',
  usual: 'redis://127.0.0.1:6379',
  answers,
  recipe: () => {
    const server = binary()
    if (server === undefined) return undefined
    return {
      url: port => `redis://127.0.0.1:${port}`,
      answers,
      command: (folder, port) => [
        server,
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'always'], // what is acknowledged is on the disk
      ],
    }
  },
  cure:
    'install it (apt-get install redis-server or valkey-server, which is enough: one is started for the tests), or say where one is: ' +
    'PEEPER_TEST_REDIS_URL=redis://localhost:6379.',
}
