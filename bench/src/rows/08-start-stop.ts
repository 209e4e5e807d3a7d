import type { Engine, Server, ServerOptions } from 'nestjs-peeper/engine'
import { collectGarbage, heapInUse, timed } from '../measure.js'
import { named } from '../peer-trials.js'
import { count } from '../numbers.js'
import type { Comparison, Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'

const ALL = 10_000 // started and stopped for a figure, whatever part of them runs at the same time
const WARM_UPS = 5
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

/** Starts so many and stops them, then the next, until all were there: in one engine that goes on running, as in any application. */
const startAndStop = (size: number): Trial => ({
  prepare: async effort => {
    const [all, each] = [ALL * effort.scale, size === 1 ? 1 : size * effort.scale]
    const engine = (await engines())()
    const resident = await engine.start({ ...optionsOf(0), name: 'resident' })
    const once = async (): Promise<number> => {
      const took = await timed(async () => {
        for (let from = 0; from < all; from += each)
          for (const server of await startAll(engine, from, from + each)) await server.stop()
      })
      for (const server of engine.servers().filter(one => one !== resident)) {
        if (server.status().status !== 'stopped') throw new Error('one of them was not stopped')
        engine.deleteChild('root', server.name) // forgotten, so that the next sample starts it anew
      }
      return took
    }
    for (let i = 0; i < WARM_UPS; i += 1) await once()
    return async () => {
      collectGarbage() // of the sample before
      return { [`${count(size)} at a time`]: (await once()) / all }
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
