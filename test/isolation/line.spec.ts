import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Server } from 'nestjs-peeper/engine'
import { filter, firstValueFrom } from 'rxjs'
import { seeded } from '../support/seed.js'
import { settled } from '../support/settled.js'
import { counterAt } from './counter.js'

const forEver = { timeout: Infinity }

/** Some of a few bytes, and some larger than what two threads have between them. */
const sizes = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.nat(100) },
    { weight: 3, arbitrary: fc.nat(20_000) },
    { weight: 1, arbitrary: fc.nat(200_000) },
  ),
  { minLength: 1, maxLength: 150, size: 'max' },
)

/** Calls until both sides are warm, and neither sleeps: then nobody has to be woken to hear. */
const onceItLooksOut = async (server: Server): Promise<number> => {
  for (let i = 0, quick = 0; ; i += 1) {
    const since = performance.now()
    const n = (await server.call('read', undefined, forEver)) as number
    quick = performance.now() - since < 0.05 ? quick + 1 : 0
    if (quick === 5 || i === 3_000) return n
  }
}

const block = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

describe.each(['thread', 'process'] as const)('what is said to a %s and what it answers', level => {
  const at = counterAt(level)

  test('comes whole and in order, whatever its size', async () => {
    const run = async (lengths: readonly number[]): Promise<void> => {
      const texts = lengths.map(length => randomBytes(length).toString('latin1'))
      const order: number[] = []
      const answers = await Promise.all(
        texts.map(async (text, i) => {
          const answer = await at.server.call('echo', text, forEver)
          order.push(i)
          return answer
        }),
      )
      expect(answers.map((answer, i) => answer === texts[i])).toEqual(texts.map(() => true))
      expect(order).toEqual(texts.map((_, i) => i))
    }
    await fc.assert(fc.asyncProperty(sizes, run), seeded(`sizes on the way to a ${level}`, 30))
  }, 120_000)

  test('before its end is heard, also by one who was busy until then', async () => {
    for (let round = 0; round < 4; round += 1) {
      const before = await onceItLooksOut(at.server)
      const told = Array.from({ length: 40 }, () => at.server.call('inc', undefined, forEver))
      const end = at.server.call('exit', undefined, forEver)
      for (let i = 0; i < 10; i += 1) await Promise.resolve()
      if (round % 2 === 0) block(500)
      expect(await Promise.all(told)).toEqual(told.map((_, i) => before + i + 1))
      await expect(end).rejects.toMatchObject({ reason: { how: 'exited' } })
      expect(await at.server.call('read', undefined, forEver)).toBe(before + told.length)
    }
  }, 120_000)

  test('before an end that is nobody’s is taken; what was never begun waits for the next life', async () => {
    for (let round = 0; round < 6; round += 1) {
      const before = await onceItLooksOut(at.server)
      const crash = firstValueFrom(at.engine.events$.pipe(filter(({ type }) => type === 'crashed')))
      const stray = at.server.call('stray', undefined, forEver)
      const after = Array.from({ length: round % 2 === 0 ? 0 : 150 }, () =>
        settled(at.server.call('inc', undefined, forEver)),
      )
      for (let i = 0; i < 10; i += 1) await Promise.resolve()
      block(500)
      expect(await stray).toBe(before + 1)
      await crash
      const outcomes = await Promise.all(after)
      const told = outcomes.filter(outcome => 'value' in outcome)
      // The end has come among them: those that were sent ahead may have been begun, and no others.
      expect(outcomes.length - told.length).toBeLessThanOrEqual(64)
      expect(told.map(({ value }) => value)).toEqual(told.map((_, i) => before + 2 + i))
    }
  }, 120_000)
})
