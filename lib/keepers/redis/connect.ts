import type { Redis, RedisOptions } from 'ioredis'
import { MissingDriverError, NewerStoreError } from '../record/errors.js'
import { FORMAT } from '../record/frame.js'
import { Connection } from './connection.js'
import { StoreEvictsError, StoreUnreachableError, StoreVersionError } from './errors.js'
import type { Keys } from './keys.js'
import type { RedisKeeperOptions, Settings } from './options.js'

const OLDEST = 7

/**
 * Connects, and looks whether this is a store that can be used.
 *
 * @throws MissingDriverError, StoreUnreachableError, StoreVersionError, NewerStoreError
 */
export const connect = async (
  { client, url = '' }: RedisKeeperOptions,
  settings: Settings,
  keys: Keys,
): Promise<Connection> => {
  const connection = client === undefined ? await ownClient(url, settings) : new Connection(client, settings)
  try {
    await inspect(connection, settings)
    await takeFormat(connection, settings, keys)
    return connection
  } catch (error) {
    connection.close()
    const isClear = error instanceof NewerStoreError || error instanceof StoreVersionError
    throw isClear || error instanceof StoreUnreachableError
      ? error
      : new StoreUnreachableError(settings.store, error)
  }
}

// What was under way when a connection broke is not sent again, and nothing waits for the next one: who asked is told, and asks again.
const ownClient = async (url: string, { timeout, store, report }: Settings): Promise<Connection> => {
  const Client = await driver()
  let isReady = false
  let isDown = false
  let last: unknown
  const options: RedisOptions = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeout,
    socketTimeout: timeout,
    retryStrategy: times => (isReady ? Math.min(2_000, 25 * 2 ** Math.min(times, 8)) : null),
    reconnectOnError: ({ message }) => message.startsWith('READONLY'), // a master that has become a replica
  }
  const client = new Client(url, options)
  client.on('ready', () => (isDown = false))
  client.on('error', (error: unknown) => {
    last = error
    if (!isReady || isDown) return
    isDown = true
    report(new StoreUnreachableError(store, error))
  })
  try {
    await client.connect()
  } catch (error) {
    client.disconnect()
    throw new StoreUnreachableError(store, last ?? error)
  }
  isReady = true
  return new Connection(client, { store, timeout }, () => {
    client.disconnect()
  })
}

// Loaded when it is needed: who keeps nothing in Redis need not have it.
const driver = async (): Promise<typeof Redis> => {
  try {
    return (await import('ioredis')).Redis
  } catch (error) {
    throw new MissingDriverError('redisKeeper({ url })', 'ioredis', error)
  }
}

const inspect = async (connection: Connection, { store, report }: Settings): Promise<void> => {
  const info = await connection.ask('INFO', []).catch((error: unknown) => {
    if (/^NOPERM/.test(String((error as Error).message))) return ''
    throw error
  })
  const found = (field: string): string =>
    new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(String(info))?.[1] ?? ''
  const version = found('redis_version')
  if (version !== '' && parseInt(version, 10) < OLDEST)
    throw new StoreVersionError(store, `Redis ${version}`, `Redis ${OLDEST} or later, or Valkey`)
  if (found('role') === 'slave')
    throw new StoreUnreachableError(store, new Error('it is a replica, to which nothing can be written'))
  const policy = found('maxmemory_policy')
  if (policy.startsWith('allkeys')) report(new StoreEvictsError(store, policy))
}

const takeFormat = async (connection: Connection, { store }: Settings, { format }: Keys): Promise<void> => {
  const found = await connection.ask('SET', [format, String(FORMAT), 'NX', 'GET'])
  if (found === null) return
  if (!/^\d+$/.test(String(found)))
    throw new StoreUnreachableError(
      store,
      new Error(`its key '${format}' is something else's: take another { prefix }`),
    )
  if (Number(found) > FORMAT) throw new NewerStoreError(store, Number(found), FORMAT)
}
