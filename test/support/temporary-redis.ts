import { afterAll } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Keeper } from 'nestjs-peeper/engine'
import { redisKeeper, type RedisKeeperOptions } from 'nestjs-peeper/redis'

const keepers: Keeper[] = []
const prefixes: { readonly client: Redis; readonly prefix: string }[] = []
const clients: Redis[] = []

afterAll(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close?.()
  for (const { client, prefix } of prefixes.splice(0)) {
    const keys = await client.keys(`{${prefix}}:*`)
    if (keys.length > 0) await client.unlink(...keys)
  }
  for (const client of clients.splice(0)) client.disconnect()
})

/** A client that is there until the tests of this file have run. */
export const redisClient = (url: string): Redis => {
  const client = new Redis(url, { autoResendUnfulfilledCommands: false })
  clients.push(client)
  return client
}

/** A prefix of its own, whose keys are gone when the tests of this file have run. */
export const temporaryPrefix = (client: Redis): string => {
  const prefix = `peeper-test-${randomBytes(6).toString('hex')}`
  prefixes.push({ client, prefix })
  return prefix
}

/** A Redis keeper with a prefix of its own. A journal of a few small changes is long enough for a snapshot. */
export const temporaryRedisKeeper = (client: Redis, options: Partial<RedisKeeperOptions> = {}): Keeper => {
  const where = options.url === undefined ? { client } : {}
  const prefix = options.prefix ?? temporaryPrefix(client)
  const keeper = redisKeeper({ ...where, snapshot: { share: 0, minBytes: 100 }, ...options, prefix })
  keepers.push(keeper)
  return keeper
}
