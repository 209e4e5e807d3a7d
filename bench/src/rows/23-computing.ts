import { monitorEventLoopDelay } from 'node:perf_hooks'
import { elapsed } from '../measure.js'
import type { Row, Trial } from '../row.js'

const NAMES = ['one', 'two']
const CALLS = 60

/** Two servers compute at the same time: ns of a call, and how long the event loop is kept from its next turn meanwhile. */
const computing = (name: string, isolation: 'inline' | 'thread'): Trial => ({
  prepare: async effort => {
    const { Engine } = await import('nestjs-peeper/engine')
    const { callbacks, entry } = await import('../contenders/hosted.js')
    const engine = new Engine({ isolation: { entry, threads: 2, spares: 0 }, init: { timeout: 60_000 } })
    const servers = await Promise.all(
      NAMES.map(each => engine.start({ name: each, state: 1, callbacks, isolation })),
    )
    const calls = Math.max(1, CALLS * effort.scale)
    const all = (): Promise<unknown> =>
      Promise.all(
        servers.map(async server => {
          for (let i = 0; i < calls; i += 1) await server.call('compute')
        }),
      )
    await all()
    return async () => {
      const delays = monitorEventLoopDelay({ resolution: 1 })
      delays.enable()
      const took = await elapsed(all)
      delays.disable()
      return { [name]: took / (calls * servers.length), [`delay, ${name}`]: delays.percentile(99) }
    }
  },
})

const [inline, threads] = ['inline', 'two threads']

export const computingInThreads: Row = {
  row: 23,
  work: 'two servers that compute: in two threads, beside inline',
  trials: { [threads]: computing(threads, 'thread'), [inline]: computing(inline, 'inline') },
  comparisons: [
    { work: 'one call', ours: threads, peer: inline, target: { faster: 1.7 } },
    {
      work: 'the event loop is late by (p99)',
      ours: `delay, ${threads}`,
      unit: 'ns',
      target: { atMost: 20_000_000 },
    },
  ],
}
