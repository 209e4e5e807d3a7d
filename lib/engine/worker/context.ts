import { BadOptionError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import { addressOf, WORKER_SUFFIX } from '../identity.js'
import type { Ref } from '../ref.js'
import { ReminderNotKeptError } from '../reminders/errors.js'
import {
  forgetting,
  reminderOf,
  type ReminderRequest,
  type ReminderTick,
  type RemindWhen,
} from '../reminders/reminder.js'
import type { Tables } from '../tables/table.js'
import type { Writes } from '../tables/table-write.js'
import { TurnHoldings } from '../tables/turn-holdings.js'
import { noEffects, type Effects, type LifeName, type MonitorRef, type TimerRef } from './effects.js'
import type { Life } from './life.js'
import { SelfRef } from './self-ref.js'
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

  /**
   * The server itself. A call to oneself would wait for itself: while its handler runs it is rejected with `CallCycleError`. Cast, send or
   * continue instead.
   */
  get self(): Ref {
    this.life.check('self')
    return new SelfRef(this.life.birth.self, () => this.open)
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
    this.ask(effects => effects.timers.push({ ref, ms, message, payload, repeats: false }))
    return ref
  }

  /**
   * Sends this server an info every `ms` (at least 1), from `ms` after this handler's commit until {@link cancelTimer} or the end of this
   * life. Use it for what is due again and again, and set it in `init`. Gotcha: ticks do not pile up; while one waits in the mailbox, those
   * that follow are one with it.
   *
   * @example
   * init(_: undefined, ctx: Context) { ctx.sendInterval(60_000, 'sweep') }
   * @throws BadOptionError
   */
  sendInterval(ms: number, message: string, payload?: unknown): TimerRef {
    this.life.check('sendInterval')
    if (typeof ms !== 'number' || !(ms >= 1))
      throw new BadOptionError('ctx.sendInterval', 'ms', ms, 'a number of milliseconds, 1 or more')
    const ref = { timer: this.life.birth.nextId() }
    this.ask(effects => effects.timers.push({ ref, ms, message, payload, repeats: true }))
    return ref
  }

  /**
   * Watches a life of another server, by its name, its `Ref` or client: when that life ends, however, this one gets the info `'DOWN'`, once,
   * with `{ ref, server, reason }`. If it does not run the reason is `{ shutdown: 'noproc' }`. In effect when this handler is committed; it
   * ends with this life. A server that handles no `'DOWN'` gets a dead letter. OTP's `Process.monitor/1`.
   *
   * @example
   * add(state: State, item: Item, ctx: Context) { ctx.monitor('stock') }
   */
  monitor(ref: RefLike): MonitorRef {
    this.life.check('monitor')
    const target = targetOf(ref, 'ctx.monitor')
    const monitor = { monitor: this.life.birth.nextId() }
    this.ask(effects => effects.bonds.push({ type: 'monitor', ref: monitor, target }))
    return monitor
  }

  /** Ends a monitor of {@link monitor}, when this handler is committed. A `'DOWN'` that waits in the mailbox already is still handled. */
  demonitor({ monitor }: MonitorRef): void {
    this.life.check('demonitor')
    this.ask(effects => effects.bonds.push({ type: 'demonitor', ref: { monitor } }))
  }

  /**
   * Ties this life and one of another server together, when this handler is committed: when one ends with a reason other than `'normal'`,
   * the other exits with the same reason. One that says `trapExit` gets the info `'EXIT'` with `{ server, reason }` instead, also for
   * `'normal'`. After `'kill'` the reason is an error, `killed`; if that life does not run it is `{ shutdown: 'noproc' }`. The next lives
   * are not linked: link again in `init`. OTP's `Process.link/1`.
   *
   * @example
   * init(_: undefined, ctx: Context) { ctx.link('connection') }
   */
  link(ref: RefLike): void {
    this.life.check('link')
    const target = targetOf(ref, 'ctx.link')
    this.ask(effects => effects.bonds.push({ type: 'link', target }))
  }

  /** Undoes {@link link}, whoever of the two linked, when this handler is committed. */
  unlink(ref: RefLike): void {
    this.life.check('unlink')
    const target = targetOf(ref, 'ctx.unlink')
    this.ask(effects => effects.bonds.push({ type: 'unlink', target }))
  }

  /** Cancels a timer of {@link sendAfter} or {@link sendInterval}, when this handler is committed. One that fired or never was does no harm. */
  cancelTimer(ref: TimerRef): void {
    this.life.check('cancelTimer')
    const { timer } = ref
    this.ask(effects => effects.cancelled.push({ timer }))
  }

  /**
   * Sets a reminder: this server gets the info `name`, with a copy of `payload`, when it is due: once `at` a time of day or `after` so many ms, or
   * `every` so many ms. It is stored with this handler's state, so it outlives the worker, the process and the deploy, and wakes a keyed server
   * that has left memory; one that is set by a handler that crashes never was. Each due time is told once: what its handler does and the end of
   * the reminder are one commit. If that handler crashes it is told again, after the restart. `ctx.reminder` says which tick it is.
   *
   * One of the same name takes the place of the one before; with the same `every` it keeps its rhythm, so that `init` may set it at each start.
   * A server has at most 10 000 of them. For timers that may end with the worker use {@link sendAfter}, which costs no commit.
   *
   * @example
   * init(_: undefined, ctx: Context) { ctx.remind('sweep', { every: 60_000, missed: 'skip' }) }
   * @throws BadOptionError; ReminderNotKeptError once its handler has ended; TooManyRemindersError as a crash of the handler
   */
  remind(name: string, when: RemindWhen, payload?: unknown): void {
    this.life.check('remind')
    this.askReminder('remind', reminderOf(name, when, payload))
  }

  /** Forgets a reminder, when this handler is committed. One that was told, or never set, does no harm. Throws as {@link remind} does. */
  forget(name: string): void {
    this.life.check('forget')
    this.askReminder('forget', forgetting(name))
  }

  /** Which tick this handler is told, if it is a reminder's: when it was due, and how many before it were missed. */
  get reminder(): ReminderTick | undefined {
    this.life.check('reminder')
    return this.message?.reminder
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

  // There is no commit that it could be part of once its handler has ended.
  private askReminder(member: string, request: ReminderRequest): void {
    if (!this.open) throw new ReminderNotKeptError(this.life.birth.server, member)
    this.ask(effects => effects.reminders.push(request))
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

/** A server or one life of it: its name, a `Ref`, a client. */
export type RefLike = string | { readonly name: string; readonly key?: string | undefined }

/** Refs do not travel: what they name does. Throws `BadOptionError`. */
export const targetOf = (ref: RefLike, asked: string): LifeName => {
  if (typeof ref === 'string')
    return { server: ref.endsWith(WORKER_SUFFIX) ? ref.slice(0, -WORKER_SUFFIX.length) : ref }
  const { name, key, worker } = (ref ?? {}) as Partial<Ref> & {
    readonly worker?: unknown
  }
  if (typeof name !== 'string')
    throw new BadOptionError(asked, 'ref', typeof ref, "a server's name, Ref or client")
  const server = addressOf({ name, key })
  return typeof worker === 'number' ? { server, worker } : { server }
}
