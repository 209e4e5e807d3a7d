import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { simulatedClock } from 'nestjs-peeper/testing'

const DAY = 86_400_000

describe('the simulated clock', () => {
  test('stands still until it is told to go on', async () => {
    const clock = simulatedClock()
    let fired = 0
    clock.after(0, () => (fired += 1))
    await Promise.resolve()
    expect([clock.now(), fired, clock.pending]).toEqual([0, 0, 1])
    await clock.advance(0)
    expect([clock.now(), fired, clock.pending]).toEqual([0, 1, 0])
  })

  test('lets no time pass while something else is busy', async () => {
    const clock = simulatedClock({ busy: () => answers.shift()?.() })
    const seen: string[] = []
    const answer = async (what: string): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
      seen.push(`${what} at ${clock.now()}`)
    }
    const answers = [() => answer('first')]
    clock.after(5, () => answers.push(() => answer('second')))
    clock.after(6, () => seen.push(`timer at ${clock.now()}`))
    await clock.advance(10)
    expect(seen).toEqual(['first at 0', 'second at 5', 'timer at 6'])
  })

  test('fires in the order of time, equals in the order they were set, each at its own time', async () => {
    const clock = simulatedClock()
    const fired: string[] = []
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['d', 30],
      ['b', 20],
    ] as const)
      clock.after(ms, () => fired.push(`${name} at ${clock.now()}`))
    await clock.advance(29)
    expect(fired).toEqual(['a at 10', 'b at 20'])
    await clock.advance(1)
    expect(fired).toEqual(['a at 10', 'b at 20', 'c at 30', 'd at 30'])
  })

  test('lets everything follow from a timer before the next one fires', async () => {
    const clock = simulatedClock()
    const order: string[] = []
    clock.after(10, () => {
      order.push('first')
      void Promise.resolve()
        .then(() => new Promise<void>(resolve => clock.yield(resolve)))
        .then(() => order.push('what follows from it'))
    })
    clock.after(11, () => order.push('second'))
    await clock.advance(20)
    expect(order).toEqual(['first', 'what follows from it', 'second'])
  })

  test('fires timers that timers set, if their time has come', async () => {
    const clock = simulatedClock()
    const at: number[] = []
    const again = (): void => {
      at.push(clock.now())
      clock.after(10, again)
    }
    clock.after(10, again)
    await clock.advance(35)
    expect(at).toEqual([10, 20, 30])
    await clock.advance(5)
    expect(at).toEqual([10, 20, 30, 40])
  })

  test('does not fire what is cancelled, also by another timer of the same moment', async () => {
    const clock = simulatedClock()
    const fired: string[] = []
    const a = clock.after(10, () => fired.push('a'))
    clock.after(10, () => c.cancel())
    const c = clock.after(10, () => fired.push('c'))
    a.cancel()
    a.cancel()
    await clock.advance(10)
    expect(fired).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('cancelling a timer that fired does nothing', async () => {
    const clock = simulatedClock()
    let fired = 0
    const timer = clock.after(1, () => (fired += 1))
    await clock.advance(1)
    timer.cancel()
    await clock.advance(1)
    expect(fired).toBe(1)
  })

  test('treats a time gone by as now, and Infinity as never', async () => {
    const clock = simulatedClock()
    const fired: string[] = []
    clock.after(-5, () => fired.push('past'))
    clock.after(Infinity, () => fired.push('never'))
    await clock.advance(1_000 * DAY)
    expect(fired).toEqual(['past'])
    expect(clock.pending).toBe(0)
  })

  test('crosses years at once', async () => {
    const clock = simulatedClock()
    let fired = false
    clock.after(400 * DAY, () => (fired = true))
    await clock.advance(400 * DAY - 1)
    expect(fired).toBe(false)
    await clock.advance(1)
    expect(fired).toBe(true)
  })

  test('never goes back, though two let time pass at once', async () => {
    const clock = simulatedClock()
    await Promise.all([clock.advance(10), clock.advance(5)])
    expect(clock.now()).toBe(10)
  })

  test('fires like a sorted list, whatever is set and cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ms: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 20 }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
        async (timers, steps) => {
          const clock = simulatedClock()
          const fired: number[] = []
          const set = timers.map(({ ms }, index) => clock.after(ms, () => fired.push(index)))
          set.forEach((timer, index) => {
            if (timers[index]?.cancelled === true) timer.cancel()
          })
          for (const step of steps) await clock.advance(step)
          const until = steps.reduce((sum, step) => sum + step, 0)
          const expected = timers
            .map((timer, index) => ({ ...timer, index }))
            .filter(({ ms, cancelled }) => !cancelled && ms <= until)
            .sort((a, b) => a.ms - b.ms || a.index - b.index)
          expect(fired).toEqual(expected.map(({ index }) => index))
        },
      ),
      { numRuns: 50 },
    )
  })
})
