import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, type IsolationOptions } from 'nestjs-peeper/engine'
import { loopback } from 'nestjs-peeper/testing'
import { seeded } from '../support/seed.js'
import { settled } from '../support/settled.js'
import { notes, ran, type Notes } from './notes.js'

/** What is sent, one after the other, without waiting: a message with its number, an exit, or nothing for a while. */
const KINDS = [
  'note',
  'note',
  'jot',
  'jot',
  'later',
  'again',
  'boom',
  'exit',
  'kill',
  'tick',
  'turn',
  'pause',
] as const

const forEver = { timeout: Infinity }
const levels: Record<string, IsolationOptions> = {
  'in this thread': { site: loopback },
  'in a thread': { entry: new URL('./hosted.js', import.meta.url), threads: 1, spares: 0 },
}

/** Messages that wait run there before their turn here. */
describe.each(Object.entries(levels))('messages that are sent ahead, %s', (name, isolation) => {
  let engine: Engine
  beforeAll(() => {
    engine = new Engine({ isolation, init: { timeout: 60_000 } })
  })
  afterAll(() => engine.close(0))

  test('are run once, in order; what is told is what has happened, and an exit costs one of them at most', async () => {
    let servers = 0
    const run = async (kinds: readonly (typeof KINDS)[number][]): Promise<void> => {
      const server = await engine.start({
        name: `notes${(servers += 1)}`,
        hostedAs: 'notes',
        isolation: 'thread',
        state: { taken: [], steps: 0 } satisfies Notes,
        callbacks: notes,
        maxRestarts: 10_000,
      })
      ran.length = 0
      const told = new Map<number, boolean>()
      const asked: Promise<void>[] = []
      for (const [number, kind] of kinds.entries())
        if (kind === 'exit') server.exit('told to')
        else if (kind === 'kill') server.exit('kill')
        else if (kind === 'jot') server.cast('jot', number)
        else if (kind === 'tick') for (let i = 0; i < 4; i += 1) await Promise.resolve()
        else if (kind === 'turn') await new Promise(setImmediate)
        else if (kind === 'pause') await settled(server.call('sleep', undefined, forEver))
        else
          asked.push(
            settled(server.call(kind, number, forEver)).then(outcome => {
              told.set(number, 'value' in outcome)
            }),
          )
      await Promise.all(asked)
      const { taken, steps } = (await server.call('read', undefined, forEver)) as Notes
      expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b))
      for (const [number, isTold] of told) expect([number, taken.includes(number)]).toEqual([number, isTold])
      const count = (...of: string[]): number => kinds.filter(kind => of.includes(kind)).length
      const most = count('note', 'jot', 'later', 'again')
      expect(ran).toHaveLength(new Set(ran).size)
      if (count('kill') === 0) expect(taken.length).toBeGreaterThanOrEqual(most - count('exit'))
      expect(steps).toBeLessThanOrEqual(count('again'))
      await server.stop()
    }
    const some = fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 200, size: 'max' })
    await fc.assert(fc.asyncProperty(some, run), seeded(`messages sent ahead, ${name}`, 60))
  }, 120_000)
})
