import type { ExitReason } from './exit.js'

/**
 * What happens right after a handler: a `continue` before any queued message, an idle `timeout` (ms), or a hint to `hibernate`.
 * `continue` names the `@HandleContinue` method, alone or with its payload. Follows `GenServer`'s return tuples.
 *
 * @example
 * return noreply({ continue: ['audit', sku] })
 */
export interface Directive {
  /** Run this `@HandleContinue` next, before any queued message: `'audit'` or `['audit', payload]`. */
  readonly continue?: string | readonly [name: string, payload: unknown]
  /** Deliver the info `'timeout'` if no message comes for this many ms. */
  readonly timeout?: number
  /** A hint that the server will idle long. A worker in this thread holds nothing between messages, so there is nothing to free yet. */
  readonly hibernate?: boolean
}

/** A directive and, if the handler does not mutate its draft, the next state. `undefined` is a legal state: it counts when given. */
export interface NextState extends Directive {
  readonly state?: unknown
}

declare const replyType: unique symbol

/** What a handler hands back when a plain value does not say enough. Made by {@link reply}, {@link noreply}, {@link refuse} and {@link stop}. */
export abstract class Outcome<R = unknown> {
  /** Only a type: what the caller of this handler gets. */
  declare readonly [replyType]?: () => R
}

export class Reply<R = unknown> extends Outcome<R> {
  constructor(
    readonly value: R,
    readonly next: NextState | undefined,
  ) {
    super()
  }
}

export class NoReply<R = never> extends Outcome<R> {
  constructor(readonly next: NextState | undefined) {
    super()
  }
}

export class Refuse extends Outcome<never> {
  constructor(readonly error: unknown) {
    super()
  }
}

export class Stop<R = never> extends Outcome<R> {
  constructor(
    readonly reason: ExitReason,
    readonly last: { readonly reply?: R; readonly state?: unknown } | undefined,
  ) {
    super()
  }
}

/**
 * Answers the caller and says what comes next. A plain `return value` is the same as `reply(value)`. GenServer's `{:reply, value, state}`.
 *
 * @example
 * return reply(state.items.length, { continue: ['audit', sku] })
 */
export const reply = <R>(value: R, next?: NextState): Reply<R> => new Reply(value, next)

/**
 * Answers nothing now. In a call handler the caller waits until `ctx.reply(from, value)`, its timeout, or this life's end;
 * `noreply<R>()` names the type of that later reply. GenServer's `{:noreply, state}`.
 *
 * @example
 * return noreply({ state: state + 1, timeout: 1_000 })
 */
export const noreply = <R = never>(next?: NextState): NoReply<R> => new NoReply<R>(next)

/**
 * The caller's error: the draft is dropped, the caller is rejected with this very error, nothing crashes and nothing restarts.
 * Use it for what a caller did wrong; throw for what went wrong.
 *
 * @example
 * if (i < 0) return refuse(new NotFoundException(sku))
 */
export const refuse = (error: unknown): Refuse => new Refuse(error)

/**
 * Ends this life after the state is committed and the reply, if any, is sent; `@Terminate` runs with the reason.
 * Whether the server starts again is its `restart` type's choice. GenServer's `{:stop, reason, reply, state}`.
 *
 * @example
 * return stop('normal', { reply: 'bye' })
 */
export const stop = <R = never>(
  reason: ExitReason,
  last?: { readonly reply?: R; readonly state?: unknown },
): Stop<R> => new Stop<R>(reason, last)
