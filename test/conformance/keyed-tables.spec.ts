import { describe, expect, test } from '@jest/globals'
import type { Callbacks, Context, Family } from 'nestjs-peeper/engine'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const write = async (ctx: Context, top: number): Promise<void> => {
  const bids = await ctx.tables.open<string, number>('bids', { access: 'protected' })
  bids.set('top', top)
  ctx.dictionary.set('top', top)
}

const callbacks: Callbacks = {
  call: {
    bid: (_: number, top: number, ctx: Context) => write(ctx, top),
    crash: async (_: number, top: number, ctx: Context) => {
      await write(ctx, top)
      throw new Error('half-way')
    },
    top: async (_: number, __: undefined, ctx: Context) => {
      const bids = await ctx.tables.open<string, number>('bids')
      return [bids.get('top'), ctx.dictionary.get('top')]
    },
  },
}

describe.each(combinations)('the tables and the dictionary of a keyed server ($name)', combination => {
  const suite = conformance(combination)
  const lotsOf = (more: Callbacks = {}): Family =>
    suite.engine.family({ name: 'lot', state: 0, idle: 1_000, callbacks: { ...callbacks, ...more } })

  test('are there when it has left memory and comes back, each key with its own', async () => {
    const lots = lotsOf()
    await lots.for('1').call('bid', 10)
    await lots.for('2').call('bid', 20)
    await suite.clock.advance(1_000)
    expect(lots.resident()).toEqual([])
    expect(await lots.for('1').call('top')).toEqual([10, 10])
    expect(await lots.for('2').call('top')).toEqual([20, 20])
    expect(suite.engine.table('lot/2', 'bids').get('top')).toBe(20)
  })

  test('are read by others as they are committed, whichever life did so, while the server is in memory', async () => {
    const lots = lotsOf()
    await lots.for('1').call('bid', 10)
    const bids = suite.engine.table<string, number>('lot/1', 'bids')
    expect(bids.get('top')).toBe(10)
    await suite.clock.advance(2_000)
    expect(() => bids.get('top')).toThrow(/not in memory/)
    await lots.for('1').call('bid', 20)
    expect(bids.get('top')).toBe(20)
  })

  test('hold nothing of a handler that crashed', async () => {
    const lots = lotsOf()
    await lots.for('1').call('bid', 10)
    await expect(lots.for('1').call('crash', 11)).rejects.toThrow('half-way')
    expect(await lots.for('1').call('top')).toEqual([10, 10])
  })

  test('that `init` writes are the first change, and are stored', async () => {
    const lots = lotsOf({ init: (top: number, ctx: Context) => write(ctx, top + 1).then(() => 5) })
    expect(await lots.for('1').call('top')).toEqual([1, 1])
    expect(lots.for('1').status()).toMatchObject({ revision: 1, state: 5 })
  })

  test('are gone with a key that is forgotten', async () => {
    const lots = lotsOf()
    await lots.for('1').call('bid', 10)
    await lots.forget('1')
    expect(await lots.for('1').call('top')).toEqual([undefined, undefined])
  })
})
