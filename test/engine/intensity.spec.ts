import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type ExitReason, Supervisor } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { Troupe } from '../support/troupe.js'

const error = new Error('it broke')

/** A supervisor of one child; `crashAt` lets it crash when so many ms have passed. */
const begin = async (options: { maxRestarts?: number; maxSeconds?: number }) => {
  const clock = simulatedClock()
  const troupe = new Troupe()
  const ends: ExitReason[] = []
  const supervisor = new Supervisor({ name: 'top', clock, ...options, children: troupe.specs('a') })
  await supervisor.start(reason => ends.push(reason))
  const crashAt = async (at: number): Promise<void> => {
    await clock.advance(at - clock.now())
    troupe.end('a', error)
    await clock.advance(0)
  }
  return { supervisor, troupe, ends, crashAt, clock }
}

describe('restart intensity', () => {
  test('allows so many restarts in the window, and not one more', async () => {
    const { ends, crashAt, troupe } = await begin({ maxRestarts: 2, maxSeconds: 5 })
    await crashAt(0)
    await crashAt(4_000)
    expect(ends).toEqual([])
    await crashAt(4_999)
    expect(ends).toEqual([expect.objectContaining({ code: 'PEEPER_RESTART_INTENSITY', cause: error })])
    expect(troupe.alive).toEqual([])
  })

  test('forgets what is older than the window, which slides', async () => {
    const { ends, crashAt } = await begin({ maxRestarts: 2, maxSeconds: 5 })
    for (const at of [0, 4_000, 5_001, 9_002, 10_003]) await crashAt(at)
    expect(ends).toEqual([])
  })

  test('tells how many restarts are left', async () => {
    const { supervisor, crashAt, clock } = await begin({ maxRestarts: 3, maxSeconds: 5 })
    const left = [supervisor.restartsLeft]
    for (const at of [0, 1_000]) {
      await crashAt(at)
      left.push(supervisor.restartsLeft)
    }
    await clock.advance(4_500)
    left.push(supervisor.restartsLeft)
    expect(left).toEqual([3, 2, 1, 2])
  })

  test('of 0 gives up at the first crash', async () => {
    const { ends, crashAt } = await begin({ maxRestarts: 0 })
    await crashAt(0)
    expect(ends).toHaveLength(1)
  })

  test('of a supervisor that is started again is whole again', async () => {
    const { supervisor, ends, crashAt } = await begin({ maxRestarts: 1, maxSeconds: 5 })
    await crashAt(0)
    await crashAt(1)
    expect(ends).toHaveLength(1)
    await supervisor.start(reason => ends.push(reason))
    expect(supervisor.restartsLeft).toBe(1)
    await crashAt(2)
    expect(ends).toHaveLength(1)
  })

  test('counts one restart for a whole group', async () => {
    const clock = simulatedClock()
    const troupe = new Troupe()
    const supervisor = new Supervisor({
      name: 'top',
      clock,
      strategy: 'one_for_all',
      maxRestarts: 2,
      children: troupe.specs('a', 'b', 'c'),
    })
    await supervisor.start()
    troupe.end('b', error)
    await clock.advance(0)
    expect(supervisor.restartsLeft).toBe(1)
  })

  test('gives up exactly when a plain count of the window says so', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(4),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(2_500), { maxLength: 12 }),
        async (maxRestarts, maxSeconds, gaps) => {
          const { ends, crashAt, supervisor } = await begin({ maxRestarts, maxSeconds })
          const crashes: number[] = []
          let at = 0
          for (const gap of gaps) {
            at += gap
            const recent = crashes.filter(other => at - other < maxSeconds * 1_000)
            await crashAt(at)
            expect(ends).toHaveLength(recent.length < maxRestarts ? 0 : 1)
            if (ends.length > 0) return
            crashes.push(at)
            expect(supervisor.restartsLeft).toBe(maxRestarts - recent.length - 1)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
