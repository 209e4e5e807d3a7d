import type { Context } from 'nestjs-peeper/engine'
import { temporaryFolder } from '../contenders/lmdb.js'
import { count } from '../numbers.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'

const FEW = 10
const MANY = 1_000_000
const PORTION = 10_000 // entries of one commit, while the table is filled

interface Portion {
  readonly from: number
  readonly size: number
}

const fill = async (_state: number, { from, size }: Portion, { tables }: Context): Promise<number> => {
  const table = await tables.open<number, number>('bids')
  for (let i = from; i < from + size; i += 1) table.set(i, i)
  return table.size
}

const bid = async (_state: number, n: number, { tables }: Context): Promise<number> => {
  const table = await tables.open<number, number>('bids')
  table.set(7, n)
  return n
}

const changing = (name: string, held: number): Trial => ({
  prepare: async effort => {
    const { Engine } = await import('nestjs-peeper/engine')
    const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
    const engine = new Engine({ keeper: lmdbKeeper({ path: temporaryFolder() }) })
    const server = await engine.start({ name: 'lot', state: 0, callbacks: { call: { fill, bid } } })
    const size = Math.max(FEW, held * effort.scale)
    for (let from = 0; from < size; from += PORTION)
      await server.call('fill', { from, size: Math.min(PORTION, size - from) }, { timeout: 60_000 })
    let made = 0
    return named(
      name,
      await sequential(
        effort,
        () => server.call('bid', (made += 1)) as Promise<number>,
        n => n,
      ),
    )
  },
})

const [few, many] = [`of ${count(FEW)}`, `of ${count(MANY)}`]

export const lmdbTables: Row = {
  row: 17,
  work: 'one entry of a table changes, and is kept on the disk by lmdbKeeper()',
  trials: { [few]: changing(few, FEW), [many]: changing(many, MANY) },
  comparisons: [{ work: many, ours: many, peer: few, target: { times: 1.5 } }],
}
