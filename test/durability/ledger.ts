import type { Callbacks, Context } from 'nestjs-peeper/engine'

/** What a server of these tests counts: messages, in its state, in a table and in its dictionary. They are one commit, so they agree always. */
export interface LedgerState {
  n: number
  readonly filler: string
}

/** What is found of one. */
export interface LedgerFound {
  readonly n: number
  readonly ids: readonly string[]
  readonly dictionary: unknown
}

export const ledgerState = (size: number): LedgerState => ({ n: 0, filler: 'x'.repeat(size) })

export const ledger: Callbacks = {
  call: {
    add: async (state: LedgerState, id: string, ctx: Context): Promise<number> => {
      const ids = await ctx.tables.open<number, string>('ids', { ordered: true })
      state.n += 1
      ids.set(state.n, id)
      ctx.dictionary.set('n', state.n)
      return state.n
    },
    find: async ({ n }: LedgerState, _: unknown, ctx: Context): Promise<LedgerFound> => {
      const ids = await ctx.tables.open<number, string>('ids', { ordered: true })
      return { n, ids: [...ids.values()], dictionary: ctx.dictionary.get('n') ?? 0 }
    },
  },
}
