import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  Engine,
  memoryKeeper,
  type Callbacks,
  type Context,
  type Family,
  type Keeper,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { journalKeeper } from '../support/journal-keeper.js'
import { turns } from '../support/latch.js'
import { seeded } from '../support/seed.js'
import { settled } from '../support/settled.js'

type Step =
  | { readonly do: 'add' | 'slow' | 'boom' | 'kill' | 'stop' | 'forget' | 'break'; readonly key: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'turn'; readonly count: number }

const KEYS = ['a', 'b', 'c', 'd']
const IDLE = 100

const keyed = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'slow', 'boom', 'kill', 'stop', 'forget', 'break'),
  key: fc.constantFrom(...KEYS),
})
const passing = fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(0, 1, IDLE, 3 * IDLE) })
const turning = fc.record({ do: fc.constant('turn'), count: fc.integer({ min: 1, max: 8 }) })
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: keyed },
    { weight: 2, arbitrary: passing },
    { weight: 2, arbitrary: turning },
  ),
  { minLength: 1, maxLength: 60 },
) as fc.Arbitrary<Step[]>

/** Lots of numbers, and how many workers of each key live: from before `init` until the last disposer has run. */
class World {
  most = 0
  workers = 0
  private readonly living = new Map<string, number>()
  private readonly broken = new Set<string>()

  readonly callbacks: Callbacks = {
    init: async (state: number[], ctx: Context) => {
      const { key = '' } = ctx
      this.count(key, 1)
      ctx.onExit(() => {
        this.count(key, -1)
      })
      await turns(2)
      if (this.broken.delete(key)) throw new Error('init')
      return [...state]
    },
    call: {
      add: (state: number[], n: number) => [...state.slice(0, state.push(n))],
      slow: async (state: number[], n: number) => {
        state.push(n)
        await turns(5)
        return [...state]
      },
      boom: (state: number[]) => {
        state.length = 0
        throw new Error('boom')
      },
      read: (state: number[]) => [...state],
    },
    terminate: () => turns(3),
  }

  breakNextInit(key: string): void {
    this.broken.add(key)
  }

  alive(key: string): number {
    return this.living.get(key) ?? 0
  }

  private count(key: string, by: number): void {
    this.living.set(key, this.alive(key) + by)
    this.workers += by
    this.most = Math.max(this.most, this.alive(key))
  }
}

/** What was sent to a key, in order, and what came of it. */
type Sent = { readonly forgets: true } | { readonly n: number; readonly answer: ReturnType<typeof settled> }

const until = async <T>(clock: SimulatedClock, work: Promise<T>): Promise<T> => {
  let open = true
  void work.then(() => (open = false))
  while (open) await clock.advance(1_000)
  return work
}

const run = async (all: readonly Step[], keeper: Keeper, maxResident: number): Promise<void> => {
  const clock = simulatedClock()
  const world = new World()
  const engine = new Engine({ clock, keeper, maxRestarts: Infinity, init: { retries: Infinity } })
  const declared = { name: 'lot', state: [], callbacks: world.callbacks, idle: IDLE, maxResident }
  const lots = engine.family(declared)
  const sent = new Map(KEYS.map(key => [key, [] as Sent[]]))
  const orders: Promise<unknown>[] = []
  let most = 0
  for (const [n, step] of all.entries()) {
    if (step.do === 'pass') await clock.advance(step.ms)
    else if (step.do === 'turn') await turns(step.count)
    else {
      const { key } = step
      const lot = lots.for(key)
      const log = sent.get(key) as Sent[]
      if (step.do === 'add' || step.do === 'slow')
        log.push({ n, answer: settled(lot.call(step.do, n, { timeout: Infinity })) })
      else if (step.do === 'boom') orders.push(settled(lot.call('boom', undefined, { timeout: Infinity })))
      else if (step.do === 'kill') lot.exit('kill')
      else if (step.do === 'break') world.breakNextInit(key)
      else if (step.do === 'stop') orders.push(lots.stop(key, 'normal', Infinity))
      else {
        log.push({ forgets: true })
        orders.push(lots.forget(key, Infinity))
      }
    }
    most = Math.max(most, lots.resident().length)
  }
  await until(
    clock,
    Promise.all([...orders, ...[...sent.values()].flat().map(each => 'answer' in each && each.answer)]),
  )
  const model = await modelOf(sent)
  expect(await until(clock, states(lots))).toEqual(model)
  expect(world.most).toBeLessThanOrEqual(1)
  expect(most).toBeLessThanOrEqual(maxResident)
  await clock.advance(IDLE)
  expect(lots.resident()).toEqual([])
  expect(world.workers).toBe(0)
  await until(clock, engine.close())
  const after = new Engine({ clock, keeper })
  expect(await until(clock, states(after.family(declared)))).toEqual(model)
  await until(clock, after.close())
}

const states = async (lots: Family): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    await Promise.all(
      KEYS.map(
        async key => [key, await lots.for(key).call('read', undefined, { timeout: Infinity })] as const,
      ),
    ),
  )

/** What is answered has happened, in the order it was sent, and what is not has not. */
const modelOf = async (sent: ReadonlyMap<string, readonly Sent[]>): Promise<Record<string, unknown>> => {
  const model: Record<string, number[]> = {}
  for (const [key, log] of sent) {
    let state: number[] = []
    for (const each of log) {
      if ('forgets' in each) {
        state = []
        continue
      }
      const answer = await each.answer
      if ('value' in answer) expect(answer.value).toEqual((state = [...state, each.n]))
      else expect(answer.code).toBe('PEEPER_SERVER_EXITED')
    }
    model[key] = state
  }
  return model
}

describe.each([
  ['a memory keeper', memoryKeeper],
  ['a journal keeper', journalKeeper],
])('keyed servers on %s', (name, keeper) => {
  test.each([1, 2, 10])(
    'of %i places keep every acknowledged change, in order, with one worker a key',
    async places => {
      await fc.assert(
        fc.asyncProperty(steps, all => run(all, keeper(), places)),
        { ...seeded(`keyed servers on ${name}, ${places} places`, 150), endOnFailure: false },
      )
    },
  )
})
