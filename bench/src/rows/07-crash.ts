import { elapsed, heapInUse } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Figures, Row } from '../row.js'
import { sequential } from '../sequential.js'
import { median } from '../statistics.js'
import { read } from '../works.js'

const CRASHES = 1_000
const EDGE = 100

const open = async () => {
  const { house, Fragile } = await import('../contenders/ours.js')
  const { client } = await house(Fragile)
  let crashed = 0
  /** ns of each: from the call that crashes to the answer of the next one. */
  const crashes = async (times: number): Promise<number[]> => {
    const took: number[] = []
    for (let i = 0; i < times; i += 1)
      took.push(
        await elapsed(async () => {
          await client.call('crash').catch(() => (crashed += 1))
          await client.call('read')
        }),
      )
    const { worker } = client.status()
    if (worker !== crashed + 1) throw new Error(`after ${crashed} crashes it is worker ${worker}`)
    return took
  }
  return { client, crashes }
}

const figuresOf = (took: readonly number[], edge: number): Figures => ({
  crash: median(took),
  'first 100': median(took.slice(0, edge)),
  'last 100': median(took.slice(-edge)),
})

export const crashing: Row = {
  row: 7,
  work: 'a crash, to the answer of the next call; the log is off',
  trials: {
    'plain call': {
      prepare: async effort => {
        const { client } = await open()
        return named('plain call', await sequential(effort, () => client.call('read'), read.after))
      },
    },
    crash: {
      prepare: async effort => {
        const { crashes } = await open()
        const [times, edge] = [CRASHES * effort.scale, EDGE * effort.scale]
        await crashes(10 * times)
        return async () => {
          const before = heapInUse()
          const figures = figuresOf(await crashes(times), edge)
          return { ...figures, growth: (heapInUse() - before) / times }
        }
      },
    },
  },
  comparisons: [
    { work: 'one crash', ours: 'crash', peer: 'plain call', target: { times: 25 } },
    { work: `the last ${EDGE} of 1 000`, ours: 'last 100', peer: 'first 100', target: { times: 1.25 } },
    { work: 'heap growth a crash', ours: 'growth', unit: 'bytes', target: { atMost: 100 } },
  ],
}
