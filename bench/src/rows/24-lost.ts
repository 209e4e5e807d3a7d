import { setTimeout as wait } from 'node:timers/promises'
import type { Server } from 'nestjs-peeper/engine'
import type { Effort } from '../effort.js'
import { elapsed } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Row, Trial } from '../row.js'
import { sequential } from '../sequential.js'
import { median } from '../statistics.js'

const TIMES = 5
const PAUSE = 1_000 // ms: until the next spare has started

const open = async (spares: number) => {
  const { Engine } = await import('nestjs-peeper/engine')
  const { callbacks, entry } = await import('../contenders/hosted.js')
  const isolation = { entry, threads: 1, spares }
  const engine = new Engine({ isolation, init: { timeout: 60_000 } })
  const dedicated = { in: 'thread', dedicated: true } as const
  return engine.start({ name: 'reader', state: 1, callbacks, isolation: dedicated })
}

/** Calls one after the other. */
const calls = async (effort: Effort, server: Server): Promise<() => Promise<number>> =>
  sequential(
    effort,
    () => server.call('read') as Promise<number>,
    () => 1,
  )

/** What one takes that comes after a while in which all was quiet, and the next spare has started. It is warmed up by the same calls as they are. */
const quiet = (name: string, spares: number, once: (server: Server) => Promise<unknown>): Trial => ({
  prepare: async effort => {
    const server = await open(spares)
    await calls(effort, server)
    return async () => {
      const took: number[] = []
      for (let i = 0; i < Math.max(1, TIMES * effort.scale); i += 1) {
        await wait(PAUSE * effort.scale)
        took.push(await elapsed(() => once(server)))
      }
      return { [name]: median(took) }
    }
  },
})

const called = (server: Server): Promise<unknown> => server.call('read', undefined, { timeout: 60_000 })

/** From the kill of its thread to the answer of the next call. */
const killed = (server: Server): Promise<unknown> => {
  server.exit('kill')
  return called(server)
}

const [warm, cold, call, hot] = ['with a spare', 'without a spare', 'a call', 'one of many calls']

export const lost: Row = {
  row: 24,
  work: 'a server alone in a thread is killed with it, to the answer of the next call',
  trials: {
    [call]: quiet(call, 0, called),
    [hot]: {
      prepare: async effort => named(hot, await calls(effort, await open(0))),
    },
    [warm]: quiet(warm, 1, killed),
    [cold]: quiet(cold, 0, killed),
  },
  comparisons: [
    { work: warm, ours: warm, peer: hot, target: { times: 30 } },
    { work: warm, ours: warm, peer: call },
    { work: cold, ours: cold, peer: call },
  ],
}
