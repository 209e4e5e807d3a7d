import { memoryKeeper, type Keeper } from 'nestjs-peeper/engine'
import { journalKeeper } from '../support/journal-keeper.js'
import { postgresUrl, temporaryPostgresKeeper } from '../support/stores/temporary-postgres.js'
import { foundOrStarted } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { temporaryLmdbKeeper } from '../support/temporary-lmdb.js'
import { redisClient, temporaryRedisKeeper } from '../support/temporary-redis.js'

/** One way to run servers: which worker runs the messages, which keeper holds the states. */
export interface Combination {
  readonly name: string
  readonly worker: 'inline'
  readonly keeper: () => Keeper
}

const redis = await foundOrStarted(redisServer)
const client = redis === undefined ? undefined : redisClient(redis)

/** All that has to behave the same. */
export const combinations: readonly Combination[] = [
  { name: 'inline worker, memory keeper', worker: 'inline', keeper: memoryKeeper },
  { name: 'inline worker, journal keeper', worker: 'inline', keeper: journalKeeper },
  { name: 'inline worker, lmdb keeper', worker: 'inline', keeper: () => temporaryLmdbKeeper() },
  ...(postgresUrl === undefined
    ? []
    : [
        {
          name: 'inline worker, postgres keeper',
          worker: 'inline',
          keeper: () => temporaryPostgresKeeper(),
        } as const,
      ]),
  ...(client === undefined
    ? []
    : [
        {
          name: 'inline worker, redis keeper',
          worker: 'inline' as const,
          keeper: () => temporaryRedisKeeper(client),
        },
      ]),
]
