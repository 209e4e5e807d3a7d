import type { Redis, RedisOptions } from 'ioredis'
import { MissingDriverError } from '../record/errors.js'
import { StoreUnreachableError } from '../record/store-errors.js'
import { Connection } from './connection.js'
import { refusalOf } from './errors.js'
import type { Settings } from './options.js'

/**
 * A connection to where a url says. What was under way when it broke is not sent again, and nothing waits for the next one: who asked is told, and
 * asks again. At the start it is tried once; from then on it comes back by itself.
 */
export const ownClient = async (url: string, settings: Settings): Promise<Connection> => {
  const { timeout, store, prefix, report } = settings
  const Client = await driver()
  let stage: 'starting' | 'up' | 'down' | 'ended' = 'starting'
  let trouble: unknown
  const options: RedisOptions = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeout,
    socketTimeout: timeout,
    retryStrategy: times => (stage === 'starting' ? null : Math.min(2_000, 25 * 2 ** Math.min(times, 8))),
    reconnectOnError: ({ message }) => message.startsWith('READONLY'), // a master that has become a replica
  }
  const client = new Client(url, options)
  client.on('error', (error: unknown) => (trouble = error)) // without a listener the driver prints each
  client.on('ready', () => {
    trouble = undefined
    if (stage === 'down') stage = 'up'
  })
  client.on('close', () => {
    if (stage !== 'up') return
    stage = 'down'
    report(new StoreUnreachableError(store, trouble ?? new Error('it closed the connection')))
  })
  try {
    await client.connect()
  } catch (error) {
    if (client.status !== 'end') client.disconnect()
    throw refusalOf(store, prefix, trouble ?? error)
  }
  stage = 'up'
  const end = (): void => {
    stage = 'ended'
    client.disconnect()
  }
  return new Connection(
    client,
    { store, timeout },
    { gather: gathering(client), trouble: () => trouble, end },
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
