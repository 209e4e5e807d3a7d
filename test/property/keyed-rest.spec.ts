import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, type Family } from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'

const IDLE = 1_600
const LATEST = 100 // ms: a sixteenth of it

const callbacks = { call: { read: (n: number) => n } }

const withLots = async (
  options: { readonly idle?: number; readonly maxResident?: number },
  check: (lots: Family, clock: SimulatedClock) => Promise<void>,
): Promise<void> => {
  const clock = simulatedClock()
  const engine = new Engine({ clock })
  try {
    await check(engine.family({ name: 'lot', state: 0, callbacks, ...options }), clock)
  } finally {
    await engine.close()
  }
}

const keys = (most: number): fc.Arbitrary<string> => fc.nat(most - 1).map(String)

test('who makes room is always the one that was used least recently', async () => {
  const uses = fc.array(keys(60), { minLength: 1, maxLength: 300, size: 'max' })
  await fc.assert(
    fc.asyncProperty(uses, fc.integer({ min: 1, max: 50 }), async (used, maxResident) => {
      await withLots({ idle: Infinity, maxResident }, async lots => {
        const byUse = new Set<string>() // the least recent first
        for (const key of used) {
          await lots.for(key).call('read')
          byUse.delete(key)
          byUse.add(key)
          if (byUse.size > maxResident) byUse.delete([...byUse][0] as string)
          expect(lots.resident().sort()).toEqual([...byUse].sort())
        }
      })
    }),
    { numRuns: 30 },
  )
})

test('nobody leaves before it has been idle for as long as was said, or more than a sixteenth later', async () => {
  const uses = fc.array(fc.tuple(keys(8), fc.nat(400)), { minLength: 1, maxLength: 60, size: 'max' })
  await fc.assert(
    fc.asyncProperty(uses, async used => {
      await withLots({ idle: IDLE }, async (lots, clock) => {
        const lastUse = new Map<string, number>()
        for (const [key, ms] of used) {
          await lots.for(key).call('read')
          lastUse.set(key, clock.now())
          await clock.advance(ms)
          const there = new Set(lots.resident())
          for (const [each, at] of lastUse) {
            const idleFor = clock.now() - at
            if (idleFor < IDLE) expect(there).toContain(each)
            if (idleFor >= IDLE + LATEST) expect(there).not.toContain(each)
          }
        }
        await clock.advance(IDLE + LATEST)
        expect(lots.resident()).toEqual([])
      })
    }),
    { numRuns: 60 },
  )
})
