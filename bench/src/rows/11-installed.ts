import { calibrated, timed } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Row, Sampler } from '../row.js'
import type { Effort } from '../effort.js'

/** Code of somebody else, who awaits. */
export const plainLoop = async (name: string, effort: Effort): Promise<Sampler> => {
  let n = 0
  const method = async (): Promise<number> => (n += 1)
  const longer = { ...effort, sample: 3 * effort.sample } // 5 % is little
  const sample = await calibrated(longer, times =>
    timed(async () => {
      for (let i = 0; i < times; i += 1) await method()
    }),
  )
  return named(name, sample)
}

export const installed: Row = {
  row: 11,
  work: 'what it costs everybody else: a plain await loop in the same process',
  trials: {
    'with it': {
      prepare: async effort => {
        const { house, Orders } = await import('../contenders/ours.js')
        const { client } = await house(Orders)
        for (let i = 0; i < 1_000; i += 1) await client.call('change')
        return plainLoop('with it', effort)
      },
    },
    'without it': { prepare: effort => plainLoop('without it', effort) },
  },
  comparisons: [{ work: 'one await', ours: 'with it', peer: 'without it', target: { times: 1.05 } }],
}
