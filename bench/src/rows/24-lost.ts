import { elapsed } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'
import { median } from '../statistics.js'
import { setTimeout as wait } from 'node:timers/promises'

const KILLS = 5
const PAUSE = 1_000 // ms: until the next spare has started

const open = async (spares: number) => {
  const { Engine } = await import('nestjs-peeper/engine')
  const { callbacks, entry } = await import('../contenders/hosted.js')
  const isolation = { entry, threads: 1, spares }
  const engine = new Engine({ isolation, init: { timeout: 60_000 } })
  const dedicated = { in: 'thread', dedicated: true } as const
  return engine.start({ name: 'reader', state: 1, callbacks, isolation: dedicated })
}

/** From the kill of its thread to the answer of the next call. */
const killed = (name: string, spares: number): Trial => ({
  prepare: async effort => {
    const server = await open(spares)
    return async () => {
      const took: number[] = []
      for (let i = 0; i < Math.max(1, KILLS * effort.scale); i += 1) {
        await wait(PAUSE * effort.scale)
        took.push(
          await elapsed(async () => {
            server.exit('kill')
            await server.call('read', undefined, { timeout: 60_000 })
          }),
        )
      }
      return { [name]: median(took) }
    }
  },
})

const [warm, cold] = ['with a spare', 'without a spare']

export const lost: Row = {
  row: 24,
  work: 'a server alone in a thread is killed with it, to the answer of the next call',
  trials: {
    'plain call': {
      prepare: async effort => {
        const server = await open(0)
        return named(
          'plain call',
          await sequential(
            effort,
            () => server.call('read') as Promise<number>,
            () => 1,
          ),
        )
      },
    },
    [warm]: killed(warm, 1),
    [cold]: killed(cold, 0),
  },
  comparisons: [
    { work: warm, ours: warm, peer: 'plain call', target: { times: 30 } },
    { work: cold, ours: cold, peer: 'plain call' },
  ],
}
