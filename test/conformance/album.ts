import { noreply, reply, stop, type Callbacks, type Context, type From } from 'nestjs-peeper/engine'
import { Refused } from './diary.js'

export interface Album {
  readonly log: string[]
  owed?: From | undefined
}

/** What a server can ask of those that hold it, one thing each; it shares nothing with who starts it. */
export const album: Callbacks = {
  init: ({ log }: Album, { restarts }: Context): Album => ({ log: [...log, `life ${restarts + 1}`] }),
  call: {
    read: ({ log }: Album) => log,
    add: ({ log }: Album, line: string) => log.push(line),
    throw: ({ log }: Album) => {
      log.push('half')
      throw Object.assign(new RangeError('thrown'), { code: 'E_THROWN', cause: new Error('why') })
    },
    refuse: (_: Album, why: string) => {
      throw new Refused(why)
    },
    later: (_: Album, __: undefined, ctx: Context) => {
      ctx.sendAfter(1, 'tick', 'after')
    },
    idle: () => reply('idle', { timeout: 1 }),
    remind: (_: Album, __: undefined, ctx: Context) => {
      ctx.remind('tick', { after: 1 }, 'reminded')
    },
    owe: (state: Album, _: undefined, { from }: Context) => {
      state.owed = from
      return noreply<string>()
    },
    pay: (state: Album, what: string, ctx: Context) => {
      if (state.owed !== undefined) ctx.reply(state.owed, what)
      state.owed = undefined
    },
    leave: () => stop('normal', { reply: 'bye' }),
  },
  info: {
    tick: ({ log }: Album, what: string) => void log.push(what),
    timeout: ({ log }: Album) => void log.push('timeout'),
  },
}

/** The same in its next version, which numbers its lines. */
export const nextAlbum: Callbacks = {
  ...album,
  codeChange: { 1: ({ log }: Album): Album => ({ log: log.map((line, i) => `${i} ${line}`) }) },
}
