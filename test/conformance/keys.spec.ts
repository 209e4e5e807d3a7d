import { describe, expect, test } from '@jest/globals'
import {
  Engine,
  memoryKeeper,
  type Change,
  type Family,
  type Identity,
  type Keeper,
} from 'nestjs-peeper/engine'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const callbacks = { call: { inc: (state: { n: number }) => (state.n += 1) } }
const lot = { name: 'lot', state: { n: 0 }, callbacks }

const pages = async (lots: Family, limit: number, between = (_: string) => Promise.resolve()) => {
  const all: (readonly string[])[] = []
  let after: string | undefined
  do {
    const { keys, next } = await lots.page({ after, limit })
    all.push(keys)
    after = next
    if (after !== undefined) await between(after)
  } while (after !== undefined)
  return all
}

describe.each(combinations)('the stored keys by page ($name)', combination => {
  const suite = conformance(combination)

  const stored = async (keys: readonly string[]): Promise<Family> => {
    const lots = suite.engine.family(lot)
    await suite.start({ name: 'lot2', state: 0, callbacks })
    const others = suite.engine.family({ ...lot, name: 'lo' })
    await Promise.all([...keys.map(key => lots.for(key).call('inc')), others.for('x').call('inc')])
    return lots
  }
  const KEYS = ['ü', '/', '1', '10', '2', 'a/b', 'a', 'A', '\u{10ffff}', '\uffee', ' ', '"', 'z'.repeat(500)]

  test.each([1, 2, 5, 13, 14, 100])(
    'are each told once, %i on a page, in the order of keys()',
    async limit => {
      const lots = await stored(KEYS)
      for (const key of KEYS) await lots.stop(key)
      const all = await pages(lots, limit)
      expect(all.map(({ length }) => length)).toEqual(
        Array.from({ length: Math.ceil(KEYS.length / limit) }, (_, page) =>
          Math.min(limit, KEYS.length - page * limit),
        ),
      )
      const keys: string[] = []
      for await (const key of lots.keys()) keys.push(key)
      expect(all.flat()).toEqual(keys)
      expect([...keys].sort()).toEqual([...KEYS].sort())
    },
  )

  test('go on behind a key that was forgotten since, or never was', async () => {
    const lots = await stored(KEYS)
    const whole = (await pages(lots, 100)).flat()
    expect((await pages(lots, 3, after => lots.forget(after))).flat()).toEqual(whole)
    const left = (await pages(lots, 100)).flat()
    expect(left.length).toBeLessThan(whole.length)
    expect((await lots.page({ after: '15' })).keys).toEqual(
      left.filter(key => whole.indexOf(key) > whole.indexOf('10')),
    )
  })

  test('are none of what is only in memory, and none where nothing is stored', async () => {
    const lots = suite.engine.family(lot)
    expect(await lots.page()).toEqual({ keys: [], next: undefined })
    lots.for('1').cast('none')
    expect(await lots.page()).toEqual({ keys: [], next: undefined })
  })

  test.each([{ limit: 0 }, { limit: 1.5 }, { limit: -1 }, { after: '' }, { after: 7 as never }])(
    'are refused for %p',
    async options => {
      const lots = suite.engine.family(lot)
      await expect(lots.page(options)).rejects.toMatchObject({
        code: 'limit' in options ? 'PEEPER_BAD_OPTION' : 'PEEPER_BAD_KEY',
      })
    },
  )
})

describe('many stored servers', () => {
  const change: Change = { revision: 1, version: 1, state: { n: 1 }, patches: [], tables: [], dictionary: [] }

  /** Counts what is asked of a store with so many lots in it. */
  const counting = (count: number): { keeper: Keeper; asked: { loads: number; listed: number } } => {
    const [inner, asked] = [memoryKeeper(), { loads: 0, listed: 0 }]
    for (let n = 0; n < count; n += 1) void inner.commit({ name: 'lot', key: String(n) }, change, 0)
    const keeper: Keeper = {
      load: server => {
        asked.loads += 1
        return inner.load(server)
      },
      commit: (...args) => inner.commit(...args),
      remove: server => inner.remove(server),
      *list(name, after): Iterable<Identity> {
        for (const each of inner.list(name, after) as Iterable<Identity>) {
          asked.listed += 1
          yield each
        }
      },
    }
    return { keeper, asked }
  }

  test.each([10, 100_000])('are not touched by a start (%i of them)', async count => {
    const { keeper, asked } = counting(count)
    const engine = new Engine({ keeper })
    const lots = engine.family(lot)
    await engine.start({ name: 'one', state: 0, callbacks: {} })
    await new Promise(setImmediate)
    expect(asked).toEqual({ loads: 1, listed: 0 }) // 'one' itself
    expect(lots.resident()).toEqual([])
    expect(await lots.for('7').call('inc')).toBe(2)
    expect(asked).toEqual({ loads: 2, listed: 0 })
    await engine.close()
    expect(asked).toEqual({ loads: 2, listed: 0 })
  })

  test('are read by the page: 100 of 100 000 cost 101', async () => {
    const { keeper, asked } = counting(100_000)
    const engine = new Engine({ keeper })
    const lots = engine.family(lot)
    const { keys, next } = await lots.page()
    expect([keys.length, next]).toEqual([100, keys[99]])
    expect(asked).toEqual({ loads: 0, listed: 101 })
    const far = await lots.page({ after: '90000' })
    expect(far.keys[0]).toBe('90001')
    expect(asked).toEqual({ loads: 0, listed: 202 })
    await engine.close()
  })
})
