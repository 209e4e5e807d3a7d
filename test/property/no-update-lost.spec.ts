import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Engine, memoryKeeper, reply, type Keeper, type Server } from 'nestjs-peeper/engine'
import { drained } from 'nestjs-peeper/testing'
import { FlakyKeeper } from '../support/flaky-keeper.js'

const TRIALS = 300

const forget = (state: number[]): never => {
  state.length = 0
  throw new Error('half-way')
}

const callbacks = {
  call: {
    add: (state: number[], trial: number) => state.push(trial),
    addThenFail: (state: number[], trial: number) => reply(state.push(trial), { continue: 'forget' }),
    last: (state: number[]) => state.at(-1),
  },
  cast: { add: (state: number[], trial: number) => void state.push(trial), forget },
  continue: { forget },
}

/** A keeper that answers some turns of the event loop later. */
const slowKeeper = (): Keeper => {
  const keeper = new FlakyKeeper([{ turns: 2, fate: 'fine', first: false }])
  keeper.trouble()
  return keeper
}

describe.each([
  ['a small state, a keeper that answers at once', 0, memoryKeeper],
  ['a small state, a keeper that answers later', 0, slowKeeper],
  ['a state of 20 000 entries, a keeper that answers at once', 20_000, memoryKeeper],
  ['a state of 20 000 entries, a keeper that answers later', 20_000, slowKeeper],
])('no update is lost: %s', (_, count, keeper) => {
  let engine: Engine
  let server: Server
  let done = 0

  beforeAll(async () => {
    engine = new Engine({ keeper: keeper(), maxRestarts: Infinity })
    server = await engine.start({
      name: 'entries',
      state: Array.from({ length: count }, () => -1),
      callbacks: callbacks,
    })
  })

  afterAll(() => engine.close())

  const trials = async (each: (trial: number) => Promise<unknown>): Promise<void> => {
    const first = done
    const firstLife = server.status().worker
    for (; done < first + TRIALS; done += 1) {
      await each(done)
      expect(await server.call('last')).toBe(done)
    }
    await drained(server)
    const { state, revision, worker } = server.status()
    expect((state as number[]).slice(count)).toEqual(Array.from({ length: done }, (_, trial) => trial))
    expect({ length: (state as number[]).length, revision, worker }).toEqual({
      length: count + done,
      revision: 1 + done,
      worker: firstLife + TRIALS,
    })
  }

  test('a cast is kept when the message behind it crashes', () =>
    trials(async trial => {
      server.cast('add', trial)
      server.cast('forget')
    }))

  test('an answered call is kept when its worker is killed', () =>
    trials(async trial => {
      await server.call('add', trial)
      server.exit('kill')
    }))

  test('a reply is kept when the continue behind it throws', () =>
    trials(trial => server.call('addThenFail', trial)))
})
