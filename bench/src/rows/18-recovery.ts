import { temporaryFolder } from '../contenders/lmdb.js'
import { collectGarbage, elapsed } from '../measure.js'
import type { Row } from '../row.js'

const PARTS = 5_000
const PART_BYTES = 1_000
const CHANGES = 10_000

interface Ledger {
  readonly parts: { n: number; text: string }[]
}

const callbacks = {
  call: {
    change: ({ parts }: Ledger, at: number) => ((parts[at % parts.length] as { n: number }).n += 1),
    read: ({ parts }: Ledger) => parts.length,
  },
}

export const recovery: Row = {
  row: 18,
  work: 'from the store to the first answer, by lmdbKeeper(): a server with a state of 5 MB and a journal of 10 000 changes',
  trials: {
    recovery: {
      prepare: async effort => {
        const { Engine } = await import('nestjs-peeper/engine')
        const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
        const path = temporaryFolder()
        const engine = () =>
          new Engine({ keeper: lmdbKeeper({ path, durability: 'process', snapshot: { minBytes: 1e9 } }) })
        const started = async (in_: InstanceType<typeof Engine>) =>
          in_.start({
            name: 'ledger',
            state: {
              parts: Array.from({ length: PARTS * effort.scale }, () => ({
                n: 0,
                text: 'x'.repeat(PART_BYTES),
              })),
            },
            callbacks,
          })
        const first = engine()
        const server = await started(first)
        for (let i = 0; i < CHANGES * effort.scale; i += 1) await server.call('change', i)
        await first.close()
        return async () => {
          collectGarbage()
          const again = engine()
          const ns = await elapsed(async () => (await started(again)).call('read'))
          await again.close()
          return { recovery: ns }
        }
      },
    },
  },
  comparisons: [{ work: 'one server', ours: 'recovery' }],
}
