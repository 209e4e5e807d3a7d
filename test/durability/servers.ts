import {
  Engine,
  type Callbacks,
  type Context,
  type Family,
  type Keeper,
  type Server,
} from 'nestjs-peeper/engine'
import { lmdbKeeper, type LmdbKeeperOptions } from 'nestjs-peeper/lmdb'

/** What a server of this test counts: messages, in its state, in a table and in its dictionary. They are one commit, so they agree always. */
export interface State {
  n: number
  readonly last: string[]
  readonly filler: string
}

/** What is found of one server. */
export interface Found {
  readonly server: string
  readonly n: number
  readonly ids: readonly string[]
  readonly dictionary: unknown
  readonly last: readonly string[]
}

const LAST = 20

const add = async (state: State, id: string, ctx: Context): Promise<number> => {
  state.n += 1
  state.last.push(id)
  if (state.last.length > LAST) state.last.shift()
  const ids = await ctx.tables.open<number, string>('ids', { ordered: true })
  ids.set(state.n, id)
  ctx.dictionary.set('n', state.n)
  return state.n
}

const callbacks: Callbacks = {
  call: {
    add,
    find: async (state: State, _: unknown, ctx: Context): Promise<Found> => {
      const ids = await ctx.tables.open<number, string>('ids', { ordered: true })
      return {
        server: ctx.self.name,
        n: state.n,
        ids: [...ids.values()],
        dictionary: ctx.dictionary.get('n') ?? 0,
        last: state.last,
      }
    },
  },
  cast: {
    add: async (state: State, id: string, ctx: Context): Promise<void> => {
      await add(state, id, ctx)
    },
  },
}

const stateOf = (size: number): State => ({ n: 0, last: [], filler: 'x'.repeat(size) })

/** Named and keyed servers, with small states and with large ones, on a store whose snapshots are frequent. */
export const open = (path: string, durability: LmdbKeeperOptions['durability']): Promise<Opened> =>
  openOn(lmdbKeeper({ path, durability, snapshot: SNAPSHOT }))

/** The servers of a test, and how they are reached. */
export interface Opened {
  readonly engine: Engine
  readonly named: Server[]
  readonly keyed: Family
  readonly keys: string[]
}

export const SNAPSHOT = { share: 0.5, minBytes: 2_000 }

/** The same on any keeper. */
export const openOn = async (keeper: Keeper): Promise<Opened> => {
  const engine = new Engine({ keeper })
  const named: Server[] = []
  for (const [name, size] of [
    ['small', 10],
    ['large', 3_000],
    ['larger', 30_000],
  ] as const)
    named.push(await engine.start({ name, state: stateOf(size), callbacks }))
  const keyed = engine.family({ name: 'keyed', state: stateOf(1_500), callbacks })
  return { engine, named, keyed, keys: ['a', 'b', 'c', 'd'] }
}
