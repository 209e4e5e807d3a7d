import { memoryKeeper, type IsolationLevel, type Keeper } from 'nestjs-peeper/engine'
import { journalKeeper } from '../support/journal-keeper.js'
import { postgresUrl, temporaryPostgresKeeper } from '../support/stores/temporary-postgres.js'
import { foundOrStarted } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { temporaryLmdbKeeper } from '../support/temporary-lmdb.js'
import { redisClient, temporaryRedisKeeper } from '../support/temporary-redis.js'

/** One way to run servers: which worker runs the messages, which keeper holds the states. */
export interface Combination {
  readonly name: string
  /** What an isolated one and its supervisor say is carried by such a thread or process; see `Carrier`. */
  readonly worker: IsolationLevel
  readonly keeper: () => Keeper
}

const redis = await foundOrStarted(redisServer)
const client = redis === undefined ? undefined : redisClient(redis)

/** What holds the states, by name. */
export const keepers: Readonly<Record<string, () => Keeper>> = {
  memory: memoryKeeper,
  journal: journalKeeper,
  lmdb: () => temporaryLmdbKeeper(),
  ...(postgresUrl !== undefined && { postgres: () => temporaryPostgresKeeper() }),
  ...(client !== undefined && { redis: () => temporaryRedisKeeper(client) }),
}

/** All that has to behave the same. */
export const combinations: readonly Combination[] = (['inline', 'thread', 'process'] as const).flatMap(
  worker =>
    Object.entries(keepers).map(([name, keeper]) => ({
      name: `${worker} worker, ${name} keeper`,
      worker,
      keeper,
    })),
)

/** Those whose handlers may hold what is on the main side alone: a server object, say. */
export const inThisThread = combinations.filter(({ worker }) => worker === 'inline')
