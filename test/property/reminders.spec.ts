import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  Engine,
  memoryKeeper,
  type Callbacks,
  type Context,
  type Keeper,
  type MissedTicks,
  type RemindWhen,
} from 'nestjs-peeper/engine'
import { simulatedClock, type SimulatedClock } from 'nestjs-peeper/testing'
import { controlledKeeper } from '../support/controlled-keeper.js'
import { journalKeeper } from '../support/journal-keeper.js'
import { seeded } from '../support/seed.js'
import { settled } from '../support/settled.js'

type When =
  { readonly in: number } | { readonly after: number } | { readonly every: number; missed: MissedTicks }

type Step =
  | { readonly do: 'set' | 'crash'; readonly name: string; readonly when: When }
  | { readonly do: 'forget'; readonly name: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'restart'; readonly ms: number }
  | { readonly do: 'kill' | 'spill' | 'lose' | 'unconfirm' }

const IDLE = 300
const name = fc.constantFrom('a', 'b', 'c')
const ms = fc.constantFrom(0, 1, 250, 1_000, 2_500, 7_000)
const when = fc.oneof(
  fc.record({ in: ms }),
  fc.record({ after: ms }),
  fc.record({
    every: fc.constantFrom(1_000, 1_500, 4_000),
    missed: fc.constantFrom<MissedTicks>('once', 'all', 'skip'),
  }),
) as fc.Arbitrary<When>
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('set', 'set', 'crash'), name, when }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('forget'), name }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('pass', 'pass', 'restart'), ms }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('kill', 'spill', 'lose', 'unconfirm') }) },
  ),
  { minLength: 1, maxLength: 30 },
) as fc.Arbitrary<Step[]>

type Told = readonly [name: string, dueAt: number, missed: number]

/** What is set, and what was told: as plain as it can be. */
class Model {
  readonly told: Told[] = []
  private readonly set = new Map<string, { readonly at: number; readonly every?: number; readonly missed?: MissedTicks }>() // prettier-ignore

  /** Would it be a change? */
  changes(name: string, when: When | undefined, now: number): boolean {
    return JSON.stringify(this.set.get(name)) !== JSON.stringify(this.next(name, when, now))
  }

  change(name: string, when: When | undefined, now: number): void {
    const next = this.next(name, when, now)
    if (next === undefined) this.set.delete(name)
    else this.set.set(name, next)
  }

  get earliest(): number {
    return Math.min(Infinity, ...[...this.set.values()].map(({ at }) => at))
  }

  /** All that is due is told now. Whether anything was. */
  tell(now: number): boolean {
    const due = [...this.set].filter(([, { at }]) => at <= now)
    for (const [name, { at, every, missed }] of due) {
      if (every === undefined) {
        this.told.push([name, at, 0])
        this.set.delete(name)
        continue
      }
      const late = Math.floor((now - at) / every)
      if (missed === 'all') for (let i = 0; i <= late; i += 1) this.told.push([name, at + i * every, 0])
      else if (missed === 'once') this.told.push([name, at + late * every, late])
      else if (late === 0) this.told.push([name, at, 0])
      this.set.set(name, { at: at + (late + 1) * every, every, missed: missed! })
    }
    return due.length > 0
  }

  private next(name: string, when: When | undefined, now: number) {
    if (when === undefined) return undefined
    if ('in' in when) return { at: now + when.in }
    if ('after' in when) return { at: now + when.after }
    const old = this.set.get(name)
    const { every, missed } = when
    return { at: old?.every === every ? old.at : now + every, every, missed }
  }
}

class Diary {
  spills = 0

  readonly callbacks: Callbacks = {
    call: {
      set: (_: unknown, { name, when }: { name: string; when: RemindWhen }, ctx: Context) => {
        ctx.remind(name, when)
      },
      crash: (_: unknown, { name, when }: { name: string; when: RemindWhen }, ctx: Context) => {
        ctx.forget(name)
        ctx.remind(name, when)
        throw new Error('crash')
      },
      forget: (_: unknown, name: string, ctx: Context) => {
        ctx.forget(name)
      },
      read: (told: unknown) => told,
    },
    info: {
      '*': (told: unknown[], _: unknown, { reminder }: Context) => {
        told.push([reminder?.name, reminder?.dueAt, reminder?.missed])
        if (this.spills-- > 0) throw new Error('spilt')
        this.spills = 0
      },
    },
  }
}

const until = async <T>(clock: SimulatedClock, work: Promise<T>, ms = 0): Promise<T> => {
  let open = true
  const close = (): void => void (open = false)
  work.then(close, close)
  while (open) await clock.advance(ms)
  return work
}

const run = async (all: readonly Step[], inner: Keeper): Promise<void> => {
  const store = controlledKeeper(inner)
  const clock = simulatedClock({ busy: () => store.busy() })
  const diary = new Diary()
  const model = new Model()
  const start = (): Engine => new Engine({ clock, keeper: store.keeper, maxRestarts: Infinity })
  const open = (engine: Engine) =>
    engine.family({ name: 'diary', state: [], callbacks: diary.callbacks, idle: IDLE }).for('x')
  let engine = start()
  let server = open(engine)
  // The next commit fails: what came of it is known here.
  let failure: { readonly stored: boolean } | undefined
  let isTroubled = false // a store that fails again and again is given time
  const takeFailure = (): boolean => {
    const isStored = failure?.stored ?? true
    isTroubled = failure !== undefined
    failure = undefined
    return isStored
  }
  const tell = (): void => {
    if (!model.tell(clock.time())) return
    isTroubled = failure?.stored === true // or else it was told again, and kept
    failure = undefined
  }
  for (const step of all) {
    const now = clock.time()
    if (step.do === 'set' || step.do === 'forget') {
      const asked = 'when' in step ? step.when : undefined
      const isChange = model.changes(step.name, asked, now)
      const call = asked === undefined ? server.call('forget', step.name) : server.call('set', { name: step.name, when: whenOf(asked, now) }) // prettier-ignore
      const answer = await until(clock, settled(call))
      expect('code' in answer ? answer.code : undefined).toBe(
        isChange && failure !== undefined ? 'PEEPER_COMMIT_FAILED' : undefined,
      )
      if (isChange && takeFailure()) model.change(step.name, asked, now)
    } else if (step.do === 'crash')
      await until(clock, settled(server.call('crash', { name: step.name, when: whenOf(step.when, now) })))
    else if (step.do === 'kill') server.exit('kill')
    else if (step.do === 'spill') diary.spills = 1
    else if (step.do === 'lose' || step.do === 'unconfirm') {
      if (isTroubled || failure !== undefined) continue
      failure = { stored: step.do === 'unconfirm' }
      store.failNext(new Error('the store'), failure)
    } else if (step.do === 'pass') {
      for (const end = now + step.ms; clock.time() < end;) {
        await clock.advance(Math.min(end, Math.max(model.earliest, clock.time())) - clock.time())
        tell()
      }
    } else if (step.do === 'restart') {
      await until(clock, engine.close(), 1_000)
      await clock.advance(step.ms)
      engine = start()
      server = open(engine)
      await until(clock, server.call('read'))
    }
    await clock.advance(0)
    tell()
  }
  const told = (await until(clock, server.call('read'))) as Told[]
  expect([...told].sort(byTime)).toEqual([...model.told].sort(byTime))
  const due = await until(clock, Promise.resolve(store.keeper.due?.(Infinity, 10)))
  expect(due?.map(({ at }) => at)).toEqual(model.earliest === Infinity ? [] : [model.earliest])
  await until(clock, engine.close(), 1_000)
}

const whenOf = (when: When, now: number): RemindWhen => ('in' in when ? { at: now + when.in } : when)

const byTime = (one: Told, other: Told): number => one[1] - other[1] || (one[0] < other[0] ? -1 : 1)

describe.each([
  ['a memory keeper', memoryKeeper],
  ['a journal keeper', journalKeeper],
])('reminders on %s', (label, keeper) => {
  test('are told once each, in their time, whatever crashes, restarts or fails to be stored', async () => {
    await fc.assert(
      fc.asyncProperty(steps, all => run(all, keeper())),
      { ...seeded(`reminders on ${label}`, 100), endOnFailure: false },
    )
  })
})
