import { appendFileSync } from 'node:fs'
import {
  noreply,
  reply,
  stop,
  type Callbacks,
  type Context,
  type Down,
  type ExitReason,
  type From,
} from 'nestjs-peeper/engine'
import { samples } from '../support/samples.js'
import { show } from '../support/show.js'
import { Refused } from './diary.js'

export interface Album {
  readonly log: string[]
  owed?: From | undefined
  /** Where it says what nobody waits for. */
  readonly file?: string
}

const inWords = (reason: ExitReason): string =>
  JSON.stringify(reason instanceof Error ? reason.message : reason)
const never = (): Promise<never> => new Promise(() => undefined)

/** Tells itself this once it is committed. */
const once = (_: Album, line: string, ctx: Context): void => {
  const { self } = ctx
  ctx.afterCommit(() => {
    self.cast('add', line)
  })
}

/** What a server can ask of those that hold it, one thing each; it shares nothing with who starts it. */
export const album: Callbacks = {
  init: ({ log, ...more }: Album, { restarts }: Context): Album => {
    if (log.includes('bad')) throw new RangeError('bad album')
    return { ...more, log: [...log, `life ${restarts + 1}`] }
  },
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
    chain: () => reply('chained', { continue: ['step', 'and on'] }),
    whoAmI: (_: Album, __: undefined, { name, key, restarts, cause, self }: Context) => ({
      ...{ name, key, restarts, self: self.name },
      cause: cause instanceof Error ? cause.message : cause,
    }),
    half: ({ log, file }: Album, _: undefined, { signal }: Context) => {
      log.push('half')
      if (file !== undefined) {
        signal.addEventListener('abort', () => {
          appendFileSync(file, 'aborted')
        })
        appendFileSync(file, 'begun')
      }
      return never()
    },
    once,
    put: async (_: Album, [key, value]: readonly [string, number], { tables, dictionary }: Context) => {
      ;(await tables.open('pages')).set(key, value)
      dictionary.set('last', key)
    },
    putAndThrow: async (_: Album, key: string, { tables, dictionary }: Context) => {
      ;(await tables.open('pages')).set(key, 0)
      dictionary.set('last', key)
      throw new Error('put')
    },
    pages: async (_: Album, __: undefined, { tables, dictionary }: Context) => [
      [...(await tables.open('pages'))],
      dictionary.get('last'),
    ],
    monitor: (_: Album, name: string, ctx: Context) => void ctx.monitor(name),
    link: (_: Album, name: string, ctx: Context) => {
      ctx.link(name)
    },
  },
  cast: {
    once,
    add: ({ log }: Album, line: string) => void log.push(line),
    begin: ({ log }: Album, _: undefined, { self }: Context) => {
      log.push('begun')
      self.cast('add', 'sent to itself')
      return noreply({ continue: ['step', 'went on'] })
    },
  },
  continue: { step: ({ log }: Album, line: string) => void log.push(line) },
  info: {
    tick: ({ log }: Album, what: string) => void log.push(what),
    timeout: ({ log }: Album) => void log.push('timeout'),
    DOWN: ({ log }: Album, { server, reason }: Down) =>
      void log.push(`${server} is down: ${inWords(reason)}`),
  },
  terminate: ({ log, file }: Album, reason: ExitReason) => {
    if (file !== undefined) appendFileSync(file, `${log.join()}: ${inWords(reason)}; `)
  },
  formatStatus: ({ log }: Album) => ({ lines: log.length }),
}

/** The same in its next version, which numbers its lines. */
export const nextAlbum: Callbacks = {
  ...album,
  codeChange: { 1: ({ log }: Album): Album => ({ log: log.map((line, i) => `${i} ${line}`) }) },
}

/** It holds one of each type that a state can have. */
export const gallery: Callbacks = {
  init: () => samples.map(({ make }) => make()),
  call: {
    show: (values: object[]) => values.map(show),
    change: (values: object[]) => {
      samples.forEach(({ change }, i) => {
        change(values[i] as never)
      })
      return values.map(show)
    },
    take: (values: object[]) => values,
    same: (values: object[], others: object[]) => others.map(show).join() === values.map(show).join(),
  },
}
