import { afterEach } from '@jest/globals'
import {
  Engine,
  type Callbacks,
  type DeadLetter,
  type EngineOptions,
  type PeeperEvent,
  type Server,
  type ServerOptions,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'

/** A server to be ill-treated: a counter, besides what a test adds; and all that is known of it. */
export interface Target {
  readonly engine: Engine
  readonly clock: SimulatedClock
  readonly server: Server
  readonly events: PeeperEvent[]
  readonly letters: DeadLetter[]
  /** It lives its first life still, and answers. */
  isUnharmed(): Promise<boolean>
}

const open: { engine: Engine; clock: SimulatedClock }[] = []

afterEach(async () => {
  for (const { engine, clock } of open.splice(0)) {
    let closed = false
    void engine.close(0).then(() => (closed = true))
    while (!closed) await clock.advance(60_000)
  }
})

/** Its state is `{ n: 0 }` unless said; it knows the calls `inc` and `read` and the cast `inc`. */
export const target = async (
  callbacks: Callbacks = {},
  options: Partial<ServerOptions> = {},
  engineOptions: EngineOptions = {},
): Promise<Target> => {
  const clock = simulatedClock()
  const engine = new Engine({ clock, ...engineOptions })
  open.push({ engine, clock })
  const events: PeeperEvent[] = []
  const letters: DeadLetter[] = []
  engine.events$.subscribe(event => events.push(event))
  engine.deadLetters$.subscribe(letter => letters.push(letter))
  const inc = (state: { n: number }): number => (state.n += 1)
  const server = await engine.start({
    name: 'target',
    state: { n: 0 },
    ...options,
    callbacks: {
      ...callbacks,
      call: { inc, read: (state: unknown) => state, ...callbacks.call },
      cast: { inc: (state: { n: number }) => void inc(state), ...callbacks.cast },
    },
  })
  const isUnharmed = async (): Promise<boolean> => {
    await server.call('read')
    return server.status().worker === 1 && server.status().status === 'running'
  }
  return { engine, clock, server, events, letters, isUnharmed }
}
