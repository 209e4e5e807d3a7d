import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { seeded } from '../support/seed.js'
import { describeWith, foundOrStarted } from '../support/stores/found-or-started.js'
import { redisServer } from '../support/stores/redis-server.js'
import { postgresUrl, unusedSchema } from '../support/stores/temporary-postgres.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { redisClient, temporaryPrefix } from '../support/temporary-redis.js'
import { ProcessUnderLoad, type Moment } from './process-under-load.js'
import { Promises } from './promises.js'
import type { StoreAt } from './store-at.js'

/** For each setting: `npm test -- durability --rounds 500`. */
const ROUNDS = Number(process.env.ROUNDS ?? 50)
const ROUNDS_OF_A_STORE = 25
const ROUNDS_ON_A_SERVER = Number(process.env.ROUNDS ?? 5)

const acknowledged = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 300 }), weight: 9 },
  { arbitrary: fc.constant(0), weight: 1 },
)
const moment = fc.record({ acknowledged, later: fc.nat(3_000) })

/** One store, and one process after the other that finds there what all before it had acknowledged. */
const history = async (store: StoreAt, deaths: readonly Moment[]): Promise<void> => {
  const promises = new Promises()
  let next = new ProcessUnderLoad(store)
  try {
    for (const [round, death] of deaths.entries()) {
      const current = next
      next = new ProcessUnderLoad(store)
      const { found = [], acknowledged } = await current.run(round, death)
      found.forEach(each => {
        promises.expectKept(each)
      })
      promises.add(acknowledged)
    }
  } finally {
    await next.kill()
  }
  await promises.expectStored(store)
}

/** Many histories of a store; each begins with an empty one. */
const killed = (name: string, rounds: number, empty: () => StoreAt): void => {
  test(
    'leaves all that it acknowledged, nothing half-done, and no gap in the revisions',
    async () => {
      const size = Math.min(rounds, ROUNDS_OF_A_STORE)
      const moments = fc.array(moment, { minLength: size, maxLength: size })
      const { seed, numRuns } = seeded(`kill -9, ${name}`, Math.ceil(rounds / size))
      const holds = (deaths: Moment[]): Promise<void> => history(empty(), deaths)
      await fc.assert(fc.asyncProperty(moments, holds), { seed, numRuns, endOnFailure: true })
    },
    60_000 + rounds * 5_000,
  )
}

describe.each(['power', 'process'] as const)(
  "a process that is killed by SIGKILL under load, durability: '%s'",
  durability => {
    killed(durability, ROUNDS, () => ({ kind: 'lmdb', path: temporaryFolder(), durability }))
  },
)

describeWith(postgresUrl, 'a process that is killed under load, on PostgreSQL,', url => {
  killed('postgres', ROUNDS_ON_A_SERVER, () => ({ kind: 'postgres', url, schema: unusedSchema() }))
})

describeWith(await foundOrStarted(redisServer), 'a process that is killed under load, on Redis,', url => {
  killed('redis', ROUNDS_ON_A_SERVER, () => ({
    kind: 'redis',
    url,
    prefix: temporaryPrefix(redisClient(url)),
  }))
})
