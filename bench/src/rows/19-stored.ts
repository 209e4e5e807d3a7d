import { temporaryFolder } from '../contenders/lmdb.js'
import { elapsed } from '../measure.js'
import { count } from '../numbers.js'
import type { Row, Trial } from '../row.js'

const FEW = 10
const MANY = 1_000_000
const PORTION = 10_000

const callbacks = { call: { add: (n: number) => ({ reply: n }), read: (n: number) => n } }

/** From an engine that is made to the first answer of one of them. */
const starting = (name: string, stored: number): Trial => ({
  prepare: async effort => {
    const { Engine } = await import('nestjs-peeper/engine')
    const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
    const path = temporaryFolder()
    const open = () => lmdbKeeper({ path, durability: 'process' })
    const size = Math.max(FEW, stored * effort.scale)
    const keeper = open()
    const change = { revision: 1, version: 1, state: 7, patches: [], tables: [], dictionary: [] }
    for (let from = 0; from < size; from += PORTION) {
      const portion = Array.from({ length: Math.min(PORTION, size - from) }, async (_, i) => {
        await keeper.commit({ name: 'lot', key: String(from + i) }, change, 0)
      })
      await Promise.all(portion)
    }
    await keeper.close?.()
    return async () => {
      const engine = new Engine({ keeper: open() })
      const ns = await elapsed(async () => {
        const lots = engine.family({ name: 'lot', state: 0, callbacks })
        const read = await lots.for('5').call('read')
        if (read !== 7) throw new Error(`it read ${String(read)} where 7 is stored`)
      })
      await engine.close()
      return { [name]: ns }
    }
  },
})

const [few, many] = [`${count(FEW)} stored`, `${count(MANY)} stored`]

export const stored: Row = {
  row: 19,
  work: 'an engine starts on a store of keyed servers, and one of them answers',
  trials: { [few]: starting(few, FEW), [many]: starting(many, MANY) },
  comparisons: [{ work: many, ours: many, peer: few, target: { times: 1.5 } }],
}
