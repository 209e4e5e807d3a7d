import { PeeperError } from '../../engine/errors.js'
import { NewerStoreError } from '../record/errors.js'
import { FORMAT } from '../record/frame.js'
import { Connection } from './connection.js'
import { StoreRightsError, StoreVersionError } from '../record/store-errors.js'
import { refusalOf, StoreEvictsError } from './errors.js'
import type { Keys } from './keys.js'
import type { RedisKeeperOptions, Settings } from './options.js'
import { ownClient } from './own-client.js'

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
