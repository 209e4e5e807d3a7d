import { BadOptionError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import type { Ref } from '../ref.js'
import type { Tables } from '../tables/table.js'
import type { Writes } from '../tables/table-write.js'
import { TurnHoldings } from '../tables/turn-holdings.js'
import { noEffects, type Effects, type TimerRef } from './effects.js'
import type { Life } from './life.js'
import type { From, Message } from './worker.js'

/**
 * What a handler knows besides its state and payload. What it asks for here (`reply`, `sendAfter`, `afterCommit`) takes effect when its
 * state is committed, and never if it crashes. After its life's end every member throws `ContextEndedError`.
 *
 * @example
 * tick(state: State, _: undefined, ctx: Context) { ctx.sendAfter(1_000, 'tick') }
 */
export class Context {
  /** Asked for by the running handler; after it ended, effects of stray work are carried out at once. */
  private asked: Effects | undefined = undefined
  private open = true
  /** What the handler does with tables and dictionary. */
  private held: TurnHoldings | undefined = undefined

  /** @internal */
  constructor(
    private readonly life: Life,
    private readonly message: Message | undefined,
  ) {}

  /** The server itself. A call to oneself waits for itself: cast, send or continue instead. */
  get self(): Ref {
    this.life.check('self')
    return this.life.birth.self
  }

  /** The server's name. */
  get name(): string {
    this.life.check('name')
    return this.life.birth.name
  }

  /** The server's key, if it is one of many. */
  get key(): string | undefined {
    this.life.check('key')
    return this.life.birth.key
  }

  /** How often this server was restarted before this life. */
  get restarts(): number {
    this.life.check('restarts')
    return this.life.birth.restarts
  }

  /** Why the last life ended; `undefined` in the first. */
  get cause(): ExitReason | undefined {
    this.life.check('cause')
    return this.life.birth.cause
  }

  /** Aborts when this life ends: hand it to `fetch`, timers, streams. */
  get signal(): AbortSignal {
    this.life.check('signal')
    return this.life.signal
  }

  /** The caller's token; `undefined` in a cast, info, continue or init. It is data: keep it, answer it later with {@link reply}. */
  get from(): From | undefined {
    this.life.check('from')
    return this.message?.from()
  }

  /** Answers a deferred call, its own or another's, when this handler is committed. A late or second answer is dropped. */
  reply(from: From, value: unknown): void {
    this.life.check('reply')
    const { server, id } = (from ?? {}) as Partial<From>
    if (typeof server !== 'string' || typeof id !== 'string')
      throw new BadOptionError('ctx.reply', 'from', typeof from, 'a token that ctx.from gave in a call')
    this.ask(effects => effects.replies.push({ from: { server, id }, value }))
  }

  /** Sends this server an info after `ms`. The timer dies with this life. Returns its ref, which is data; see {@link cancelTimer}. */
  sendAfter(ms: number, message: string, payload?: unknown): TimerRef {
    this.life.check('sendAfter')
    if (typeof ms !== 'number' || !(ms >= 0))
      throw new BadOptionError('ctx.sendAfter', 'ms', ms, 'a number of milliseconds, 0 or more')
    const ref = { timer: this.life.birth.nextId() }
    this.ask(effects => effects.timers.push({ ref, ms, message, payload }))
    return ref
  }

  /** Cancels a timer of {@link sendAfter}, when this handler is committed. One that fired or never was does no harm. */
  cancelTimer(ref: TimerRef): void {
    this.life.check('cancelTimer')
    const { timer } = ref
    this.ask(effects => effects.cancelled.push({ timer }))
  }

  /** Runs `fn` once this handler's state is committed: for effects on the world that must not precede it. An error is reported. */
  afterCommit(fn: () => unknown): void {
    this.life.check('afterCommit')
    this.ask(effects => effects.afterCommit.push(fn))
  }

  /** Runs `dispose` when this life ends, however it ends; the last registered goes first. An error is reported. */
  onExit(dispose: () => unknown): void {
    this.life.check('onExit')
    this.life.onExit(dispose)
  }

  /**
   * The server's tables: for collections too large for its state. They survive crashes; what a handler writes is committed with its state,
   * and undone with it. Open one with `await ctx.tables.open('bids')`; what the last words of `terminate` write goes nowhere.
   */
  get tables(): Tables {
    this.life.check('tables')
    return this.holdings.tables
  }

  /**
   * The process dictionary: a Map beside the state, kept, committed and rolled back with it, and told to no listener. For a handful of
   * entries; more stand better in a table. It ends with its handler, as the draft of the state does.
   */
  get dictionary(): Map<unknown, unknown> {
    this.life.check('dictionary')
    return this.holdings.dictionary
  }

  /** @internal What the handler wrote to tables and dictionary. Throws `NotDataError`. */
  settle(): Writes | undefined {
    return this.held?.settle()
  }

  /** @internal Nothing more can be written. */
  end(): void {
    this.held?.end()
  }

  /** @internal What the handler asked for; from now on it has returned. */
  close(): Effects | undefined {
    this.open = false
    return this.asked
  }

  private get holdings(): TurnHoldings {
    return (this.held ??= new TurnHoldings(this.life, this.life.birth.holdings, this.open))
  }

  private ask(add: (effects: Effects) => unknown): void {
    if (this.open) {
      add((this.asked ??= noEffects()))
      return
    }
    const effects = noEffects()
    add(effects)
    this.life.birth.perform(effects)
  }
}
