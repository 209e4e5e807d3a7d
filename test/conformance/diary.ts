import { noreply, refuse, reply, type Callbacks, type Context, type From } from 'nestjs-peeper/engine'

export interface Diary {
  readonly log: string[]
  /** Is there while an entry is made. */
  half?: string
}

/** What is said of it at last. */
export interface Seen extends Diary {
  readonly dictionary: readonly unknown[]
  readonly entries: readonly (readonly [id: string, at: number])[]
}

export class Refused extends Error {}

const pages = ({ tables }: Context) => tables.open<string, number>('pages')

/** Each entry is made in two steps, here and in the dictionary. Answers with its place. */
const begin = (state: Diary, id: string, { dictionary }: Context): void => {
  state.half = id
  dictionary.set('half', id)
}
const end = (state: Diary, id: string, { dictionary }: Context): number => {
  delete state.half
  dictionary.delete('half')
  dictionary.set('last', id)
  return state.log.push(id)
}
const enter = (state: Diary, id: string, ctx: Context): number => {
  begin(state, id, ctx)
  return end(state, id, ctx)
}
const aMoment = (): Promise<void> => new Promise(setImmediate)

/** A server that shares nothing with who starts it, so that it can live anywhere. */
export const diary: Callbacks = {
  call: {
    add: enter,
    again: enter,
    slow: async (state: Diary, id: string, ctx: Context) => {
      begin(state, id, ctx)
      await aMoment()
      return end(state, id, ctx)
    },
    page: async (state: Diary, id: string, ctx: Context) => {
      begin(state, id, ctx)
      const entries = await pages(ctx)
      entries.set(id, 0)
      const at = end(state, id, ctx)
      entries.set(id, at)
      return at
    },
    chain: (state: Diary, id: string, ctx: Context) =>
      reply(enter(state, id, ctx), { continue: ['next', `${id}+`] }),
    defer: (state: Diary, id: string, ctx: Context) => {
      ctx.sendAfter(0, 'answer', [ctx.from, enter(state, id, ctx)])
      return noreply<number>()
    },
    refuse: (state: Diary, id: string, ctx: Context) => {
      begin(state, id, ctx)
      return refuse(new Refused(id))
    },
    throw: (state: Diary, id: string, ctx: Context) => {
      begin(state, id, ctx)
      throw new Error(id)
    },
    reject: async (state: Diary, id: string, ctx: Context) => {
      begin(state, id, ctx)
      ;(await pages(ctx)).set(id, -1)
      await aMoment()
      throw new Error(id)
    },
    /** Nothing that isolates from nothing survives this. */
    die: (state: Diary, id: string, ctx: Context) => {
      begin(state, id, ctx)
      process.exit(1)
    },
    look: async ({ log, half }: Diary, _: unknown, ctx: Context): Promise<Seen> => ({
      log,
      half,
      dictionary: [...ctx.dictionary],
      entries: [...(await pages(ctx))],
    }),
  },
  cast: { add: (state: Diary, id: string, ctx: Context) => void enter(state, id, ctx) },
  info: {
    add: (state: Diary, id: string, ctx: Context) => void enter(state, id, ctx),
    answer: (_: Diary, [from, at]: readonly [From, number], ctx: Context) => {
      ctx.reply(from, at)
    },
  },
  continue: { next: (state: Diary, id: string, ctx: Context) => void enter(state, id, ctx) },
}
