import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Engine, memoryKeeper, refuse, type Callbacks, type Keeper } from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { journalKeeper } from '../support/journal-keeper.js'
import { passing } from '../support/passing.js'
import { seeded } from '../support/seed.js'
import { settled } from '../support/settled.js'

type Step =
  | { readonly do: 'add' | 'refuse' | 'crash'; readonly id: string; readonly n: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'kill' }
  | { readonly do: 'restart' }
  | { readonly do: 'lose' | 'unconfirm' }

const MAX = 3
const MAX_AGE = 10_000

const calls = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'refuse', 'crash'),
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  n: fc.constantFrom(1, 1, 2),
})
const steps = fc.array(
  fc.oneof(
    { weight: 7, arbitrary: calls },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(1, MAX_AGE / 2, MAX_AGE) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kill', 'restart', 'lose', 'unconfirm') }) },
  ),
  { minLength: 1, maxLength: 40 },
) as fc.Arbitrary<Step[]>

const callbacks: Callbacks = {
  call: {
    add: (list: number[], n: number) => [...list.slice(0, list.push(n))],
    refuse: (list: number[], n: number) => {
      list.push(n)
      return refuse(Object.assign(new Error('refused'), { code: 'REFUSED' }))
    },
    crash: (list: number[], n: number) => {
      list.push(n)
      throw new Error('crash')
    },
    read: (list: number[]) => [...list],
  },
}

interface Ran {
  readonly key: string
  readonly n: number
  readonly at: number
  readonly reply: readonly number[]
}

const run = async (all: readonly Step[], inner: Keeper): Promise<void> => {
  const store = controlledKeeper(inner)
  const clock = simulatedClock({ busy: () => store.busy() })
  const start = async (): Promise<Engine> => {
    const engine = new Engine({ clock, keeper: store.keeper, maxRestarts: Infinity })
    const requests = { max: MAX, maxAge: MAX_AGE }
    await passing(clock, engine.start({ name: 'list', state: [], callbacks, requests }))
    return engine
  }
  let engine = await start()
  let list: number[] = []
  let ran: Ran[] = []
  let failure: { readonly stored: boolean } | undefined
  for (const step of all) {
    if (step.do === 'kill') engine.whereis('list')?.exit('kill')
    else if (step.do === 'pass') await clock.advance(step.ms)
    else if (step.do === 'lose' || step.do === 'unconfirm') {
      failure = { stored: step.do === 'unconfirm' }
      store.failNext(new Error('the store'), failure)
    } else if (step.do === 'restart') {
      await passing(clock, engine.close())
      engine = await start()
    } else if ('id' in step) {
      const { id, n } = step
      const before = clock.time()
      const answer = await settled(engine.call('list', step.do, n, { id }))
      expect(clock.time()).toBe(before)
      const found = ran.find(each => each.key === `${step.do} ${id}` && each.at + MAX_AGE > before)
      const said = 'value' in answer ? answer.value : answer.code
      if (found !== undefined) expect(said).toEqual(found.n === n ? found.reply : 'PEEPER_REQUEST_MISMATCH')
      else if (step.do !== 'add') expect(said).toBe(step.do === 'refuse' ? 'REFUSED' : 'PEEPER_SERVER_EXITED')
      else {
        const reply = [...list, n]
        expect(said).toEqual(failure === undefined ? reply : 'PEEPER_COMMIT_FAILED')
        if (failure?.stored !== false) {
          list = reply
          ran = [...ran.filter(({ key }) => key !== `add ${id}`), { key: `add ${id}`, n, at: before, reply }]
          ran = ran.filter(({ at }) => at + MAX_AGE > before).slice(-MAX)
        }
        failure = undefined
      }
    }
    await clock.advance(0) // a start that is killed is tried again later
  }
  expect(await engine.call('list', 'read')).toEqual(list)
  await passing(clock, engine.close())
}

describe.each([
  ['a memory keeper', memoryKeeper],
  ['a journal keeper', journalKeeper],
])('requests with an id on %s', (label, keeper) => {
  test('run once, as long as they are remembered, whatever crashes, restarts or fails to be stored', async () => {
    await fc.assert(
      fc.asyncProperty(steps, all => run(all, keeper())),
      { ...seeded(`requests on ${label}`, 200), endOnFailure: false },
    )
  })
})
