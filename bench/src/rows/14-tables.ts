import type { Context } from 'nestjs-peeper/engine'
import { calibrated, timed } from '../measure.js'
import { count } from '../numbers.js'
import type { Row, Sampler, Trial } from '../row.js'

const FEW = 10
const MANY = 1_000_000
const PORTION = 1_000 // writes of one message

/** What a message writes: so many entries, a step apart, from this key on. */
interface Portion {
  readonly from: number
  readonly step: number
  readonly within: number
}

const write = async (_state: number, { from, step, within }: Portion, ctx: Context): Promise<number> => {
  const table = await ctx.tables.open<number, number>('bids')
  for (let i = 0; i < PORTION; i += 1) table.set((from + i * step) % within, from + i)
  return table.size
}

const served = async () => {
  const { Engine } = await import('nestjs-peeper/engine')
  const server = await new Engine().start({ name: 'table', state: 0, callbacks: { call: { write } } })
  return async (portion: Portion): Promise<number> => (await server.call('write', portion)) as number
}

/** ns of one write to a table that holds so many entries: to ten of them, or to any. */
const writing = (name: string, held: number, isHot: boolean): Trial => ({
  prepare: async effort => {
    const send = await served()
    const size = Math.max(FEW, held * effort.scale)
    for (let from = 0; from < size; from += PORTION) await send({ from, step: 1, within: size })
    let from = 0
    // a step that has no factor in common with the size comes to every entry
    const portion = (): Portion => ({
      from: (from += PORTION),
      step: isHot ? 1 : 7_919,
      within: isHot ? FEW : size,
    })
    const sample = await calibrated(effort, async n => {
      let last = 0
      const took = await timed(async () => {
        for (let i = 0; i < n; i += 1) last = await send(portion())
      })
      if (last !== size) throw new Error(`it holds ${last} entries where ${size} are right`)
      return took
    })
    return async () => ({ [name]: (await sample()) / PORTION })
  },
})

/** The longest of the messages by which a table grows, in ns. */
const growing = (name: string, add: () => Promise<(from: number) => Promise<number>>): Trial => ({
  prepare: async effort => {
    const size = MANY * effort.scale
    const longest: Sampler = async () => {
      const portion = await add()
      let slowest = 0
      for (let from = 0; from < size; from += PORTION) {
        const start = process.hrtime.bigint()
        await portion(from)
        slowest = Math.max(slowest, Number(process.hrtime.bigint() - start))
      }
      return { [name]: slowest }
    }
    await longest()
    return longest
  },
})

const inTable = async (): Promise<(from: number) => Promise<number>> => {
  const send = await served()
  return from => send({ from, step: 1, within: MANY })
}

const inMap = async (): Promise<(from: number) => Promise<number>> => {
  const map = new Map<number, number>()
  return async from => {
    for (let i = 0; i < PORTION; i += 1) map.set(from + i, i)
    return map.size
  }
}

export const tables: Row = {
  row: 14,
  work: `a write to a table, ${count(PORTION)} in a message`,
  trials: {
    [`hot, of ${count(FEW)}`]: writing(`hot, of ${count(FEW)}`, FEW, true),
    [`hot, of ${count(MANY)}`]: writing(`hot, of ${count(MANY)}`, MANY, true),
    [`any of ${count(MANY)}`]: writing(`any of ${count(MANY)}`, MANY, false),
    'growing table': growing('growing table', inTable),
    'growing Map': growing('growing Map', inMap),
  },
  comparisons: [
    {
      work: `hot, of ${count(MANY)}`,
      ours: `hot, of ${count(MANY)}`,
      peer: `hot, of ${count(FEW)}`,
      target: { times: 1.5 },
    },
    { work: `any of ${count(MANY)}`, ours: `any of ${count(MANY)}`, peer: `hot, of ${count(FEW)}` },
    { work: 'the longest message of its growth', ours: 'growing table', peer: 'growing Map' },
  ],
}
