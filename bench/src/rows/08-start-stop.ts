import type { Engine, Server, ServerOptions } from 'nestjs-peeper/engine'
import { calibrated, heapInUse, timed } from '../measure.js'
import { named } from '../peer-trials.js'
import { count } from '../numbers.js'
import type { Comparison, Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'

const ALL = 10_000 // started and stopped for a figure, in one engine, whatever part of them runs at the same time
const SIZES = [1, 1_000, ALL] as const

const callbacks = { call: { read: (state: number) => state } }
const optionsOf = (i: number): ServerOptions => ({ name: `server-${i}`, state: 1, callbacks })

const engines = async (): Promise<() => Engine> => {
  const { Engine } = await import('nestjs-peeper/engine')
  return () => new Engine()
}

const startAll = async (engine: Engine, from: number, to: number): Promise<Server[]> => {
  const started: Server[] = []
  for (let i = from; i < to; i += 1) started.push(await engine.start(optionsOf(i)))
  return started
}

/** Starts so many and stops them, then the next, until all were there. Beside an engine that goes on running, as in any application. */
const startAndStop = (size: number): Trial => ({
  prepare: async effort => {
    const [all, each] = [ALL * effort.scale, size === 1 ? 1 : size * effort.scale]
    const newEngine = await engines()
    const resident = newEngine()
    await startAll(resident, 0, 1)
    const sample = await calibrated(effort, async n => {
      const fresh = Array.from({ length: n }, newEngine)
      const took = await timed(async () => {
        for (const engine of fresh)
          for (let from = 0; from < all; from += each)
            for (const server of await startAll(engine, from, from + each)) await server.stop()
      })
      for (const engine of fresh)
        if (engine.servers().some(server => server.status().status !== 'stopped'))
          throw new Error('one of them was not stopped')
      return took
    })
    return async () => {
      const took = (await sample()) / all
      if (resident.servers().length !== 1) throw new Error('the engine beside it has not gone on running')
      return { [`${count(size)} at a time`]: took }
    }
  },
})

const idle: Trial = {
  prepare: async effort => {
    const newEngine = await engines()
    const held = ALL * effort.scale
    const bytes = async (): Promise<number> => {
      const engine = newEngine() // what it has itself is not counted
      const before = heapInUse()
      await startAll(engine, 0, held)
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
