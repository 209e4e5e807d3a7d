import type { Engine, ServerOptions } from 'nestjs-peeper/engine'
import { calibrated, heapInUse, timed } from '../measure.js'
import { named } from '../peer-trials.js'
import { count } from '../numbers.js'
import type { Comparison, Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'

const ALL = 10_000 // started and stopped for a figure, whatever part of them is there at the same time
const SIZES = [1, 1_000, ALL] as const

const callbacks = { call: { read: (state: number) => state } }
const optionsOf = (i: number): ServerOptions => ({ name: `server-${i}`, state: 1, callbacks })

const engines = async (): Promise<() => Engine> => {
  const { Engine } = await import('nestjs-peeper/engine')
  return () => new Engine()
}

const startAll = async (engine: Engine, size: number): Promise<void> => {
  for (let i = 0; i < size; i += 1) await engine.start(optionsOf(i))
}

/** Starts so many in an engine, then stops them; in as many engines as it takes to do it often enough. */
const startAndStop = (size: number): Trial => ({
  prepare: async effort => {
    const [all, each] = [ALL * effort.scale, size === 1 ? 1 : size * effort.scale]
    const newEngine = await engines()
    const sample = await calibrated(effort, async n => {
      const fresh = Array.from({ length: (n * all) / each }, newEngine)
      const took = await timed(async () => {
        for (const engine of fresh) {
          await startAll(engine, each)
          for (const server of engine.servers()) await server.stop()
        }
      })
      for (const engine of fresh)
        if (engine.servers().some(server => server.status().status !== 'stopped'))
          throw new Error('one of them was not stopped')
      return took
    })
    return async () => ({ [`${count(size)} at a time`]: (await sample()) / all })
  },
})

const idle: Trial = {
  prepare: async effort => {
    const newEngine = await engines()
    const held = ALL * effort.scale
    const bytes = async (): Promise<number> => {
      const engine = newEngine() // what it has itself is not counted
      const before = heapInUse()
      await startAll(engine, held)
      const grown = heapInUse() - before
      return grown / engine.servers().length
    }
    await bytes() // what is made once, by the first of all
    return named('idle server', bytes)
  },
}

export const startStop: Row = {
  row: 8,
  work: 'start and stop of servers through the engine: both, for one server',
  trials: {
    'plain call': {
      prepare: async effort => {
        const newEngine = await engines()
        const server = await newEngine().start(optionsOf(0))
        const call = (): Promise<number> => server.call('read') as Promise<number>
        return named('plain call', await sequential(effort, call, () => 1))
      },
    },
    ...Object.fromEntries(SIZES.map(size => [`${count(size)} at a time`, startAndStop(size)])),
    idle,
  },
  comparisons: [
    ...SIZES.map((size): Comparison => ({
      work: `${count(size)} at a time`,
      ours: `${count(size)} at a time`,
      peer: 'plain call',
      target: { times: 20 },
    })),
    { work: 'heap of an idle server', ours: 'idle server', unit: 'bytes', target: { atMost: 2_048 } },
  ],
}
