import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { seeded } from '../support/seed.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { ProcessUnderLoad, type Moment } from './process-under-load.js'
import { Promises } from './promises.js'

/** For each setting: `npm test -- durability --rounds 500`. */
const ROUNDS = Number(process.env.ROUNDS ?? 50)
const ROUNDS_OF_A_STORE = 25

const acknowledged = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 300 }), weight: 9 },
  { arbitrary: fc.constant(0), weight: 1 },
)
const moment = fc.record({ acknowledged, later: fc.nat(3_000) })
const moments = fc.array(moment, { minLength: ROUNDS_OF_A_STORE, maxLength: ROUNDS_OF_A_STORE })

describe.each(['power', 'process'] as const)(
  "a process that is killed by SIGKILL under load, durability: '%s'",
  durability => {
    /** One store, and one process after the other that finds there what all before it had acknowledged. */
    const history = async (deaths: readonly Moment[]): Promise<void> => {
      const path = temporaryFolder()
      const promises = new Promises()
      let next = new ProcessUnderLoad(path, durability)
      try {
        for (const [round, death] of deaths.entries()) {
          const current = next
          next = new ProcessUnderLoad(path, durability)
          const { found = [], acknowledged } = await current.run(round, death)
          found.forEach(each => {
            promises.expectKept(each)
          })
          promises.add(acknowledged)
        }
      } finally {
        await next.kill()
      }
      await promises.expectStored(path, durability)
    }

    test(
      'leaves all that it acknowledged, nothing half-done, and no gap in the revisions',
      async () => {
        const { seed, numRuns } = seeded(`kill -9, ${durability}`, Math.ceil(ROUNDS / ROUNDS_OF_A_STORE))
        await fc.assert(fc.asyncProperty(moments, history), { seed, numRuns, endOnFailure: true })
      },
      60_000 + ROUNDS * 5_000,
    )
  },
)
