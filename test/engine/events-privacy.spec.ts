import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type Callbacks,
  type Context,
  Engine,
  type Keeper,
  memoryKeeper,
  noreply,
  type PeeperEvent,
  refuse,
  reply,
  stop,
} from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'

const MARK = 'top-secret'
const boom = (): never => {
  throw new Error('it broke')
}

interface State {
  secret: string
  n: number
  odd?: unknown
}

const change = (state: State): number => (state.n += 1)
const callbacks: Callbacks = {
  call: {
    change,
    fail: (state: State) => (change(state), boom()),
    failLater: (state: State) => Promise.resolve().then(() => (change(state), boom())),
    no: (state: State) => refuse({ because: state.secret }),
    odd: (state: State) => {
      state.odd = () => state.secret
    },
    badReply: () => () => MARK,
    both: (state: State) => (change(state), reply(1, { state: { secret: MARK, n: 0 } })),
    leave: (state: State) => stop({ shutdown: 'asked' }, { reply: state.secret }),
    wait: () => noreply(),
    next: (state: State) => reply(1, { continue: ['step', state.secret] }),
    badNext: (state: State) => reply(1, { continue: ['nowhere', state.secret] }),
    later: (state: State, _: unknown, ctx: Context) => void ctx.sendAfter(1, 'tick', state.secret),
    effect: (_: State, __: unknown, ctx: Context) => ctx.afterCommit(boom),
  },
  cast: { change: (state: State) => void change(state), fail: boom, odd: (state: State) => ({ ...state }) },
  info: { tick: boom },
  continue: { step: boom },
  terminate: boom,
  formatStatus: boom,
}

const sends = [
  ...Object.keys(callbacks.call ?? {}).map(name => ['call', name] as const),
  ...Object.keys(callbacks.cast ?? {}).map(name => ['cast', name] as const),
  ...['unknown', 'constructor'].flatMap(name => [['call', name] as const, ['cast', name] as const]),
  ['send', 'tick'] as const,
  ['exit', 'kill'] as const,
  ['commit fails', ''] as const,
]

/** Twice in a row the store takes nothing. */
const STORE_AWAY: (typeof sends)[number][] = [
  ['commit fails', ''],
  ['commit fails', ''],
  ['cast', 'change'],
  ['cast', 'change'],
  ['cast', 'change'],
]

/** All that an event says, errors and their causes with everything a logger could print. */
const everything = (event: PeeperEvent): string =>
  JSON.stringify(event, (_, value: unknown) =>
    value instanceof Error
      ? {
          own: Object.entries(value),
          name: value.name,
          message: value.message,
          stack: value.stack,
          cause: value.cause,
        }
      : value,
  )

test('no event of any run shows a payload or a state', async () => {
  const types = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...sends), { minLength: 1, maxLength: 25 }), async steps => {
      const clock = simulatedClock()
      const memory = memoryKeeper()
      let failures = 0
      const commit: Keeper['commit'] = (...args) => {
        if (failures > 0 && (failures -= 1) >= 0) throw new Error('disk full')
        return memory.commit(...args)
      }
      const keeper: Keeper = {
        load: s => memory.load(s),
        commit,
        remove: s => memory.remove(s),
        list: () => memory.list(),
      }
      const engine = new Engine({ clock, keeper, debug: true, mailbox: { limit: 5 }, maxRestarts: 1 })
      const said: string[] = []
      engine.events$.subscribe(event => {
        types.add(event.type)
        said.push(everything(event))
      })
      const server = await engine.start({
        name: 'one',
        state: { secret: MARK, n: 0 },
        callbacks,
        listener: { onStateChanged: boom, onTerminate: boom },
      })
      const calls = steps.map(([way, name]) => {
        if (way === 'call') return server.call(name, { [name]: MARK }, { timeout: 10 })
        if (way === 'exit') server.exit(name)
        else if (way === 'commit fails') failures += 1
        else server[way](name, MARK)
        return Promise.resolve()
      })
      const all = Promise.allSettled(calls)
      await clock.advance(10)
      await all
      await clock.advance(5_000) // for a store that was away
      server.status()
      await engine.close()
      expect(said.filter(text => text.includes(MARK))).toEqual([])
    }),
    { numRuns: 150, examples: [[STORE_AWAY]] },
  )
  expect([...types].sort()).toEqual([
    'crashed',
    'down',
    'error',
    'exited',
    'overload',
    'started',
    'stopped',
    'store-back',
    'store-lost',
    'trace',
  ])
})
