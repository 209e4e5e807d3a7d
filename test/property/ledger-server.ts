import {
  noreply,
  refuse,
  reply,
  stop,
  type Callbacks,
  type Clock,
  type Context,
  type ExitReason,
  type From,
  type OrderedTable,
  type Table,
} from 'nestjs-peeper/engine'
import { type Op } from './commands.js'
import { enter, entered, type Ledger } from './ledger.js'

export interface Order {
  readonly id: string
  readonly ms: number
}

/** What the handlers tell the test, besides what they answer. */
export interface Witness {
  began(id: string): void
  /** An `afterCommit` ran. */
  effect(id: string): void
}

export class Refusal extends Error {}

type Numbered = OrderedTable<number, string>
type Named = Table<[id: string], number>

/** What a handler sees, of the state and beside it. */
export interface Seen extends Pick<Ledger, 'log' | 'half'> {
  readonly dictionary: readonly unknown[]
  readonly numbered?: readonly unknown[]
  readonly named?: readonly unknown[]
}

type Act = (state: Ledger, order: Order, ctx: Context) => unknown

/** A server that does what each message's name says. A change is always made in two steps, so that a half of one would be seen. */
export const ledgerServer = (clock: Clock, witness: Witness): Callbacks => {
  const wait = (ms: number): Promise<void> => new Promise(resolve => void clock.after(ms, resolve))
  const half = (state: Ledger, { id }: Order, { dictionary }: Context): void => {
    dictionary.set('half', id)
    state.half = id
    state.deep[id] = { by: ['half'] }
  }
  const whole = (state: Ledger, { id }: Order, ctx: Context): number => {
    delete state.deep[id]
    enter(state, id)
    count(ctx, state.log.length)
    ctx.afterCommit(() => {
      witness.effect(id)
    })
    return state.log.length
  }
  const add: Act = (state, order, ctx) => {
    half(state, order, ctx)
    return whole(state, order, ctx)
  }
  const seen = (state: Ledger, { dictionary }: Context): Seen => ({
    log: state.log,
    half: state.half,
    dictionary: [...dictionary],
  })
  const tables = ({ tables: mine }: Context): Promise<readonly [Numbered, Named]> =>
    Promise.all([mine.open('numbered', { ordered: true }), mine.open('named')]) as never
  const table = async (state: Ledger, order: Order, ctx: Context): Promise<number> => {
    half(state, order, ctx)
    const [numbered, named] = await tables(ctx)
    numbered.set(0, 'half')
    named.set([order.id], 0)
    const length = whole(state, order, ctx)
    numbered.delete(0)
    numbered.set(length, order.id)
    named.set([order.id], length)
    return length
  }
  const look = async (state: Ledger, _: unknown, ctx: Context): Promise<Seen> => {
    const [numbered, named] = await tables(ctx)
    return { ...seen(state, ctx), numbered: [...numbered], named: [...named] }
  }

  const acts: Record<Op, Act> = {
    add,
    replace: (state, { id }, ctx) => {
      count(ctx, state.log.length + 1)
      ctx.afterCommit(() => {
        witness.effect(id)
      })
      return reply(state.log.length + 1, { state: entered(state, id) })
    },
    slow: async (state, order, ctx) => {
      half(state, order, ctx)
      await wait(order.ms)
      return whole(state, order, ctx)
    },
    chain: (state, order, ctx) =>
      reply(add(state, order, ctx), { continue: ['next', { ...order, id: `${order.id}+` }] }),
    chainThrow: (state, order, ctx) =>
      reply(add(state, order, ctx), { continue: ['throw', { ...order, id: `${order.id}+` }] }),
    later: (state, order, ctx) => {
      ctx.sendAfter(order.ms, 'add', { ...order, id: `${order.id}~` })
      return add(state, order, ctx)
    },
    defer: (state, order, ctx) => {
      state.owed.push({ id: order.id, from: ctx.from })
      add(state, order, ctx)
      return noreply()
    },
    answer: (state, order, ctx) => {
      for (const { from } of state.owed) ctx.reply(from as From, { answeredBy: order.id })
      state.owed = []
      return add(state, order, ctx)
    },
    throw: (state, order, ctx) => {
      add(state, order, ctx)
      throw new Error(`thrown by ${order.id}`)
    },
    reject: async (state, order, ctx) => {
      add(state, order, ctx)
      await wait(order.ms)
      throw new Error(`rejected by ${order.id}`)
    },
    refuse: (state, order, ctx) => {
      add(state, order, ctx)
      return refuse(new Refusal(order.id))
    },
    bad: (state, order, ctx) => {
      add(state, order, ctx)
      return () => order
    },
    stop: (state, order, ctx) => {
      const reasons: ExitReason[] = [
        'normal',
        'shutdown',
        { shutdown: 'moved' },
        'kill',
        new Error('stopped'),
      ]
      const reason = reasons[Number.parseInt(order.id) % 5] ?? 'normal'
      return stop(reason, { reply: add(state, order, ctx) })
    },
    table,
    tableThrow: async (state, order, ctx) => {
      await table(state, order, ctx)
      ctx.tables.delete('named')
      throw new Error(`thrown by ${order.id}`)
    },
    read: (state, _, ctx) => seen(state, ctx),
    slowRead: async (state, { ms }, ctx) => {
      await wait(ms)
      return seen(state, ctx)
    },
    tableRead: look,
  }

  const call: Record<string, Act> = {}
  const oneWay: Record<string, Act> = {}
  for (const [name, act] of Object.entries(acts)) {
    const noted: Act = (state, order, ctx) => {
      witness.began(order.id)
      return act(state, order, ctx)
    }
    call[name] = noted
    oneWay[name] = (state, order, ctx) => unanswered(noted(state, order, ctx))
  }
  const next: Act = (state, order, ctx) => {
    add(state, order, ctx)
    return noreply()
  }
  const init = async (state: Ledger, ctx: Context): Promise<Ledger> => {
    await tables(ctx)
    return state
  }
  return { init, call: { ...call, look }, cast: oneWay, info: oneWay, continue: { next, throw: acts.throw } }
}

const count = ({ dictionary }: Context, changes: number): void => {
  dictionary.delete('half')
  dictionary.set('changes', changes)
}

/** The outcome of a call's handler, as a one-way message's handler would say it. */
const unanswered = (returned: unknown): unknown => {
  if (returned instanceof Promise) return returned.then(unanswered)
  if (typeof returned === 'function') return returned
  const { next, reason, error } = Object(returned) as { next?: object; reason?: ExitReason; error?: unknown }
  if (error !== undefined) return refuse(error)
  if (reason !== undefined) return stop(reason)
  return next === undefined ? undefined : noreply(next)
}
