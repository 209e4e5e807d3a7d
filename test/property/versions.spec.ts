import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, type Callbacks, type Kept } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { FlakyKeeper, type Weather } from '../support/flaky-keeper.js'
import { turns } from '../support/latch.js'
import { passing } from '../support/passing.js'
import { seeded } from '../support/seed.js'

type State = readonly (string | number)[]

/** What the step from this version adds: mutating or returning, at once or later. */
type Manner = 'mutates' | 'returns' | 'waits'

interface Release {
  readonly version: number
  /** How many changes are made while it runs. */
  readonly changes: number
  /** So many tries of its start may fail, as its plan says; then the store is well. */
  readonly failures: number
  readonly plan: readonly Weather[]
}

const step =
  (manner: Manner) =>
  async (state: (string | number)[], from: number): Promise<State | undefined> => {
    if (manner === 'waits') await turns()
    if (manner === 'returns') return [...state, from]
    state.push(from)
    return undefined
  }

const stepsTo = (version: number, manners: readonly Manner[]): Callbacks['codeChange'] =>
  Object.fromEntries(manners.slice(0, version).map((manner, from) => [from, step(manner)]))

/** Runs one release after the other over the same store; what the last one holds, and what is stored of it. */
const history = async (releases: readonly Release[], manners: readonly Manner[]) => {
  const plan: Weather[] = []
  const store = new FlakyKeeper(plan)
  let state: unknown
  for (const { version, changes, failures, plan: next } of releases) {
    plan.splice(0, plan.length, ...next)
    const clock = simulatedClock()
    const engine = new Engine({ clock, keeper: store })
    let failed = 0
    engine.events$.subscribe(({ type }) => {
      if (type === 'init-failed' && (failed += 1) >= failures) store.mend()
    })
    if (failures > 0) store.trouble()
    const callbacks: Callbacks = {
      call: { read: (s: State) => s, add: (s: unknown[]) => void s.push('change') },
      codeChange: stepsTo(version, manners),
    }
    const init = { retries: failures, timeout: Infinity }
    const server = await passing(
      clock,
      engine.start({ name: 'list', version, state: ['first'], callbacks, init }),
    )
    store.mend()
    for (let i = 0; i < changes; i += 1) await server.call('add')
    server.exit('kill')
    state = await server.call('read')
    await passing(clock, engine.close())
  }
  return { state, kept: store.load({ name: 'list' }) as Kept }
}

const LAST = 6
const weather: fc.Arbitrary<Weather> = fc.record({
  turns: fc.integer({ min: 0, max: 3 }),
  fate: fc.constantFrom('fine', 'lost', 'unconfirmed'),
  first: fc.boolean(),
})
const release = fc.record({
  changes: fc.integer({ min: 0, max: 3 }),
  failures: fc.integer({ min: 0, max: 4 }),
  plan: fc.array(weather, { minLength: 1, maxLength: 7 }),
})
const releases = fc
  .uniqueArray(fc.integer({ min: 0, max: LAST }), { minLength: 1, maxLength: 4 })
  .chain(versions =>
    fc.tuple(
      ...versions
        .sort((a, b) => a - b)
        .map(version => release.map((each): Release => ({ ...each, version }))),
    ),
  )
const manners = fc.array(fc.constantFrom<Manner>('mutates', 'returns', 'waits'), {
  minLength: LAST,
  maxLength: LAST,
})

test('a stored state of any version is what its steps make of it, in order, each once, whatever the store does meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(releases, manners, async (all, how) => {
      const expected: (string | number)[] = ['first']
      all.forEach(({ version, changes }, i) => {
        for (let from = all[i - 1]?.version ?? version; from < version; from += 1) expected.push(from)
        expected.push(...Array<string>(changes).fill('change'))
      })
      const { state, kept } = await history(all, how)
      const changes = all.reduce((sum, each) => sum + each.changes, 0)
      expect(state).toEqual(expected)
      expect(kept).toMatchObject({
        state: expected,
        version: all.at(-1)?.version,
        revision: all.length + changes, // the first state, and one for each upgrade
      })
    }),
    seeded('versions', 150),
  )
})
