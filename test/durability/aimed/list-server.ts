import type { Callbacks, Context, Keeper } from 'nestjs-peeper/engine'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'

/** What each change adds an entry to; a table and the dictionary say the same. */
export interface State {
  readonly log: string[]
  readonly filler?: readonly string[]
}

/** What is found of a server. */
export interface Found {
  readonly log: readonly string[]
  readonly table: readonly unknown[]
  readonly dictionary: unknown
}

export const add = async (state: State, entry: string, ctx: Context): Promise<number> => {
  const entries = await ctx.tables.open('entries')
  state.log.push(entry)
  entries.set(state.log.length, entry)
  ctx.dictionary.set('entries', [...((ctx.dictionary.get('entries') ?? []) as string[]), entry])
  return state.log.length
}

/** A server whose state, table and dictionary list its changes. */
export const list: Callbacks = {
  call: {
    add,
    read: async ({ log }: State, _: unknown, ctx: Context): Promise<Found> => ({
      log,
      table: [...(await ctx.tables.open('entries')).values()],
      dictionary: ctx.dictionary.get('entries') ?? [],
    }),
  },
  cast: {
    add: async (state: State, entry: string, ctx: Context): Promise<void> => {
      await add(state, entry, ctx)
    },
  },
}

/** The server as a later release has it. */
export const listOf2: Callbacks = {
  ...list,
  codeChange: (state: State): void => {
    state.log.push('upgraded')
  },
}

/** A store whose snapshots are due at every change. */
export const keeperOf = (path: string): Keeper => lmdbKeeper({ path, snapshot: { share: 0, minBytes: 1 } })
