import { setTimeout } from 'node:timers/promises'
import {
  Engine,
  type Callbacks,
  type Context,
  type Family,
  type Keeper,
  type Member,
  type Server,
} from 'nestjs-peeper/engine'
import { lmdbKeeper, type LmdbKeeperOptions } from 'nestjs-peeper/lmdb'

/** What a server of this test counts: messages, in its state, in a table and in its dictionary. They are one commit, so they agree always. */
export interface State {
  n: number
  readonly last: string[]
  /** Reminders that are set, and to come once. */
  awaited: string[]
  readonly filler: string
}

/** What is found of one server. */
export interface Found {
  readonly server: string
  readonly n: number
  /** How many changes the keeper counted. */
  readonly changes: number
  readonly ids: readonly string[]
  readonly dictionary: unknown
  readonly last: readonly string[]
  readonly awaited: readonly string[]
}

/** A server under load, and how it is found afterwards. */
export interface Target {
  readonly address: string
  readonly server: Server | Member
  /** Once it is told all that it is to be reminded of, if it ever is. */
  find(): Promise<Found>
}

const LAST = 20
const TICK_MS = 2
const REMIND_MS = 30
/** ms that a process has for the reminders that it finds due. */
const PATIENCE = 10_000

const add = async (state: State, id: string, ctx: Context): Promise<number> => {
  state.n += 1
  state.last.push(id)
  if (state.last.length > LAST) state.last.shift()
  const ids = await ctx.tables.open<number, string>('ids', { ordered: true })
  ids.set(state.n, id)
  ctx.dictionary.set('n', state.n)
  return state.n
}

const look = async (state: State, _: unknown, ctx: Context): Promise<Omit<Found, 'server' | 'changes'>> => {
  // Who opens a table that is not there makes it, and that is a change.
  const ids = state.n === 0 ? [] : (await ctx.tables.open<number, string>('ids', { ordered: true })).values()
  const { n, last, awaited } = state
  return { n, ids: [...ids], dictionary: ctx.dictionary.get('n') ?? 0, last, awaited }
}

const callbacks: Callbacks = {
  call: {
    add,
    /** A change now, and one by a timer. */
    addTwice: async (state: State, id: string, ctx: Context): Promise<number> => {
      ctx.sendAfter(1, 'add', `${id}.timer`)
      return add(state, id, ctx)
    },
    /** A change now, and one by a reminder, in this process or in a later one. */
    addReminded: async (state: State, id: string, ctx: Context): Promise<number> => {
      ctx.remind(`${id}.reminder`, { after: REMIND_MS })
      ctx.remind('every', { every: 1_000 })
      state.awaited.push(`${id}.reminder`)
      return add(state, id, ctx)
    },
    /** From now on a timer changes it, too. */
    tick: (state: State, round: string, ctx: Context): number => {
      ctx.sendInterval(TICK_MS, 'tick', round)
      return state.n
    },
    look,
  },
  cast: {
    add: async (state: State, id: string, ctx: Context): Promise<void> => {
      await add(state, id, ctx)
    },
  },
  info: {
    add: async (state: State, id: string, ctx: Context): Promise<void> => {
      await add(state, id, ctx)
    },
    tick: async (state: State, round: string, ctx: Context): Promise<void> => {
      await add(state, `${round}.tick.${state.n}`, ctx)
    },
    /** Which due times were told is kept: none comes twice. */
    every: async (state: State, _: unknown, ctx: Context): Promise<void> => {
      await add(state, `every.${ctx.reminder?.dueAt}`, ctx)
    },
    '*': async (state: State, _: unknown, ctx: Context): Promise<void> => {
      const name = String(ctx.reminder?.name)
      state.awaited = state.awaited.filter(each => each !== name)
      await add(state, name, ctx)
    },
  },
}

const stateOf = (size: number): State => ({ n: 0, last: [], awaited: [], filler: 'x'.repeat(size) })

const targetOf = (address: string, server: Server | Member, firstRevision: number): Target => ({
  address,
  server,
  find: async () => {
    const until = performance.now() + PATIENCE
    for (;;) {
      const seen = (await server.call('look')) as Omit<Found, 'server' | 'changes'>
      const changes = server.status().revision - firstRevision
      const isQuiet = seen.awaited.length === 0 && seen.n === changes
      if (isQuiet || performance.now() > until) return { ...seen, server: address, changes }
      await setTimeout(1)
    }
  },
})

/** Named and keyed servers, with small states and with large ones, on a store whose snapshots are frequent. */
export const open = (
  path: string,
  durability: LmdbKeeperOptions['durability'],
): Promise<{ engine: Engine; targets: Target[] }> =>
  openOn(lmdbKeeper({ path, durability, snapshot: SNAPSHOT }))

export const SNAPSHOT = { share: 0.5, minBytes: 2_000 }

/** The same on any keeper. */
export const openOn = async (keeper: Keeper): Promise<{ engine: Engine; targets: Target[] }> => {
  const engine = new Engine({ keeper })
  const targets: Target[] = []
  for (const [name, size] of [
    ['small', 10],
    ['large', 3_000],
    ['larger', 30_000],
  ] as const)
    targets.push(targetOf(name, await engine.start({ name, state: stateOf(size), callbacks }), 1))
  // A keyed server is stored at its first change, a named one at its start.
  const keyed: Family = engine.family({ name: 'keyed', state: stateOf(1_500), callbacks })
  for (const key of ['a', 'b', 'c', 'd']) targets.push(targetOf(`keyed/${key}`, keyed.for(key), 0))
  return { engine, targets }
}
