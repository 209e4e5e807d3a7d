import { Agenda } from './agenda.js'
import type { Clock, Timer } from './clock.js'
import { BadOptionError } from './errors.js'
import { addressOf, type Identity } from './identity.js'
import type { Keeper } from './keeper/keeper.js'
import { LOOK_AGAIN } from './reminders/reminders.js'

/** How servers that are not in memory are woken for their reminders. */
export interface ReminderOptions {
  /**
   * ms after which a server that is due, and that nobody has reminded, is woken: one whose process is gone, with several processes on one store or
   * after a restart. The store is asked so often, and up to once a minute while it has nothing to come. `Infinity` for never. Default 1 000.
   */
  readonly poll?: number
}

/** What became of a server that was to be woken: it comes; it is in memory already; there is no room; no such servers are declared here. */
export type Woken = 'woken' | 'here' | 'full' | 'unknown'

/** Servers that are woken, or whose times are remembered, at most. */
const ROUND = 1_000
const REMEMBERED = 10_000
const MOST_PASSED_OVER = 100_000

/** ms between two questions to a store that has nothing to come soon: another process may set a reminder, and die. */
const SELDOM = 60_000

/**
 * Wakes keyed servers that are due and not in memory. Of those that have left the memory of this engine it knows the times; all others are found by
 * asking the keepers, a while after they were due: by then one that is in the memory of another process has been told there.
 */
export class Alarm {
  private readonly passive = new Agenda<Identity>()
  /** Those that are down: they come back by a message, not by themselves. */
  private readonly down = new Set<string>()
  /** With how many of its servers that are due can not be woken. */
  private readonly keepers = new Map<Keeper, number>()
  private readonly poll: number
  private interval: number
  private timer: Timer | undefined = undefined
  private polls: Timer | undefined = undefined
  private hasEnded = false
  private hasFailed = false

  constructor(
    private readonly clock: Clock,
    { poll = 1_000 }: ReminderOptions,
    /** With a keeper: if its servers are kept in it. */
    private readonly wake: (server: Identity, keeper?: Keeper) => Woken,
    private readonly report: (error: unknown) => void,
  ) {
    if (!(typeof poll === 'number' && poll > 0))
      throw new BadOptionError('the engine', 'reminders.poll', poll, 'a number of milliseconds above 0')
    this.poll = this.interval = poll
  }

  /** Asks this keeper from now on. */
  watch(keeper: Keeper): void {
    if (keeper.due === undefined || this.hasEnded) return
    if (!this.keepers.has(keeper)) this.keepers.set(keeper, 0)
    if (this.polls === undefined) this.pollLater()
  }

  /** A server has left memory. */
  left(server: Identity, wakeAt: number | undefined): void {
    const { passive, down } = this
    if (wakeAt === undefined && passive.size === 0 && down.size === 0) return
    const address = addressOf(server)
    down.delete(address)
    passive.delete(address)
    if (wakeAt === undefined || passive.size >= REMEMBERED) return // the keeper is asked
    passive.set(address, wakeAt, server)
    this.arm()
  }

  /** A server has gone down. */
  fell(server: Identity): void {
    this.down.add(addressOf(server))
    for (const earliest of this.down) {
      if (this.down.size <= REMEMBERED) break
      this.down.delete(earliest)
    }
  }

  end(): void {
    this.hasEnded = true
    this.timer?.cancel()
    this.polls?.cancel()
  }

  private arm(): void {
    this.timer?.cancel()
    const { first } = this.passive
    if (first === undefined || this.hasEnded) return
    const wait = Math.min(Math.max(0, first.at - this.clock.time()), LOOK_AGAIN)
    this.timer = this.clock.after(wait, () => {
      this.wakePassive()
    })
    this.timer.hold(false)
  }

  private wakePassive(): void {
    const now = this.clock.time()
    const due = [...this.passive.until(now)].slice(0, ROUND)
    for (const { name, what } of due) {
      this.passive.delete(name)
      if (this.wake(what) === 'full') this.passive.set(name, now + Math.min(this.poll, SELDOM), what)
    }
    this.arm()
  }

  private pollLater(): void {
    this.polls = this.clock.after(this.interval, () => {
      void this.ask()
    })
    this.polls.hold(false)
  }

  private async ask(): Promise<void> {
    const seldom = this.clock.time() + Math.min(this.interval * 2, Math.max(this.poll, SELDOM))
    let next = seldom
    try {
      for (const [keeper, passedOver] of this.keepers)
        next = Math.min(next, await this.askOne(keeper, ROUND + passedOver, seldom))
      this.hasFailed = false
    } catch (error) {
      if (!this.hasFailed && !this.hasEnded) this.report(error) // once, and not each time until it answers
      this.hasFailed = true
    }
    this.interval = Math.max(this.poll, next - this.clock.time())
    if (!this.hasEnded) this.pollLater()
  }

  // Answers when there is something to be done next. Who cannot be woken stays due, and may not stand in the way of those behind.
  private async askOne(keeper: Keeper, limit: number, until: number): Promise<number> {
    const due = (await keeper.due?.(until, limit)) ?? []
    const [next] = due
    if (next === undefined || this.hasEnded) return until
    const late = this.clock.time() - this.poll
    const left = due.filter(
      ({ server, at }) =>
        at <= late && (this.down.has(addressOf(server)) || this.wake(server, keeper) !== 'woken'),
    )
    this.keepers.set(keeper, Math.min(left.length, MOST_PASSED_OVER))
    return Math.min(until, next.at + this.poll)
  }
}
