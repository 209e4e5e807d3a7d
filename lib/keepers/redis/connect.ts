import type { Redis, RedisOptions } from 'ioredis'
import { PeeperError } from '../../engine/errors.js'
import { MissingDriverError, NewerStoreError } from '../record/errors.js'
import { FORMAT } from '../record/frame.js'
import { Connection } from './connection.js'
import { StoreRightsError, StoreUnreachableError, StoreVersionError } from '../record/store-errors.js'
import { refusalOf, StoreEvictsError } from './errors.js'
import type { Keys } from './keys.js'
import type { RedisKeeperOptions, Settings } from './options.js'

const OLDEST = 7

/**
 * Connects, and looks whether this is a store that can be used.
 *
 * @throws MissingDriverError, StoreUnreachableError, StoreRightsError, StoreVersionError, NewerStoreError
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
    throw error instanceof PeeperError ? error : refusalOf(settings.store, settings.prefix, error)
  }
}

// What was under way when a connection broke is not sent again, and nothing waits for the next one: who asked is told, and asks again.
const ownClient = async (url: string, settings: Settings): Promise<Connection> => {
  const { timeout, store, prefix, report } = settings
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
    if (client.status !== 'end') client.disconnect()
    throw refusalOf(store, prefix, last ?? error)
  }
  isReady = true
  return new Connection(
    client,
    { store, timeout },
    { gather: gathering(client), end: () => client.disconnect() },
  )
}

/** A write to a socket costs more than all the rest of a small commit: those of one turn of the event loop share one. */
const gathering = (client: Redis): (() => void) => {
  let isGathering = false
  return () => {
    if (isGathering) return
    isGathering = true
    const { stream } = client
    stream.cork()
    process.nextTick(() => {
      isGathering = false
      stream.uncork()
    })
  }
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
    if ((error as Error).message.startsWith('NOPERM')) return ''
    throw error
  })
  const found = (field: string): string =>
    new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(String(info))?.[1] ?? ''
  const version = found('redis_version')
  if (version !== '' && parseInt(version, 10) < OLDEST)
    throw new StoreVersionError(store, `Redis ${version}`, `Redis ${OLDEST} or later, or Valkey`)
  if (found('role') === 'slave')
    throw new StoreRightsError(
      store,
      'it is a replica',
      'Only a master can be written to: give the url of that.',
    )
  const policy = found('maxmemory_policy')
  if (policy.startsWith('allkeys')) report(new StoreEvictsError(store, policy))
}

const takeFormat = async (connection: Connection, { store }: Settings, { format }: Keys): Promise<void> => {
  const found = (await connection.ask('SET', [format, String(FORMAT), 'NX', 'GET'])) as string | null
  if (found === null) return
  if (!/^\d+$/.test(found))
    throw new StoreRightsError(store, `its key '${format}' is something else's`, 'Take another { prefix }.')
  if (Number(found) > FORMAT) throw new NewerStoreError(store, Number(found), FORMAT)
}
