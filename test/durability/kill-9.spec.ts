import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { seeded } from '../support/seed.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { ProcessUnderLoad, type Moment } from './process-under-load.js'
import { open, type Found } from './servers.js'

/** For each setting: `npm test -- durability --rounds 500`. */
const ROUNDS = Number(process.env.ROUNDS ?? 50)
const ROUNDS_OF_A_STORE = 25

/** What all processes so far had acknowledged, by server. */
class Promises {
  private readonly all = new Map<string, Set<string>>()

  add(lines: readonly string[]): void {
    for (const line of lines) {
      const [server = '', id = ''] = line.split(' ')
      this.all.set(server, (this.all.get(server) ?? new Set()).add(id))
    }
  }

  /** Each message is one revision, and is in the state, the table and the dictionary, or in none of them; none is lost, none came twice. */
  expectKept({ server, n, ids, dictionary, last, changes }: Found): void {
    const there = new Set(ids)
    const lost = [...(this.all.get(server) ?? [])].filter(id => !there.has(id))
    expect({ server, lost }).toEqual({ server, lost: [] })
    expect({ server, entries: ids.length, dictionary, changes }).toEqual({
      server,
      entries: n,
      dictionary: n,
      changes: n,
    })
    expect(last).toEqual(ids.slice(-last.length))
    expect(there.size).toBe(ids.length)
  }
}

const findAll = async (path: string, durability: 'power' | 'process'): Promise<Found[]> => {
  const { engine, targets } = await open(path, durability)
  const found: Found[] = []
  for (const target of targets) found.push(await target.find())
  await engine.close()
  return found
}

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
      for (const found of await findAll(path, durability)) promises.expectKept(found)
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
