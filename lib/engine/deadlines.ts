import type { Clock, Timer } from './clock.js'

/** Something that may expire: linked into its deadline's list while it waits. */
export interface Expiring {
  /** `Infinity` until its time counts. */
  expiresAt: number
  previous: Expiring | undefined
  following: Expiring | undefined
  lane: Lane | undefined
  /** `ms`: after how long. */
  expire(ms: number): void
}

/** Lanes that keep their timer while they are empty: there are few lengths in use, unless each call has its own. */
const KEPT_LANES = 16

/**
 * All call timeouts of an engine. A timer per call would double the cost of a call; here calls of the same length share a lane: a list that
 * is in order by itself, with one timer for its head. What is settled leaves its lane at once.
 *
 * A timeout counts from the moment the event loop is free again, as nothing could expire before: so a call that is settled by then has asked
 * neither the clock nor a timer.
 */
export class Deadlines {
  private readonly lanes = new Map<number, Lane>()
  private fresh: Lane[] = []

  constructor(private readonly clock: Clock) {}

  add(waiting: Expiring, ms: number): void {
    if (ms === Infinity) return
    let lane = this.lanes.get(ms)
    if (lane === undefined) this.lanes.set(ms, (lane = new Lane(this.clock, ms, this.lanes)))
    if (!lane.add(waiting)) return
    if (this.fresh.length === 0) process.nextTick(this.count)
    this.fresh.push(lane)
  }

  private readonly count = (): void => {
    const { fresh } = this
    this.fresh = []
    for (const lane of fresh) lane.count()
  }
}

export class Lane {
  private head: Expiring | undefined = undefined
  private tail: Expiring | undefined = undefined
  /** Whether {@link count} is to come. */
  private uncounted = false
  private timer: Timer | undefined = undefined

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
    private readonly lanes: Map<number, Lane>,
  ) {}

  /** Whether it is the first to come since {@link count}. */
  add(waiting: Expiring): boolean {
    waiting.lane = this
    waiting.previous = this.tail
    if (this.tail === undefined) this.head = waiting
    else this.tail.following = waiting
    this.tail = waiting
    const isFirst = !this.uncounted
    this.uncounted = true
    return isFirst
  }

  remove(waiting: Expiring): void {
    if (waiting.previous === undefined) this.head = waiting.following
    else waiting.previous.following = waiting.following
    if (waiting.following === undefined) this.tail = waiting.previous
    else waiting.following.previous = waiting.previous
    waiting.previous = waiting.following = waiting.lane = undefined
    if (this.head === undefined && !this.uncounted) this.rest()
  }

  /** From now on the time of those who came counts. */
  count(): void {
    this.uncounted = false
    if (this.head === undefined) {
      this.rest()
      return
    }
    const now = this.clock.now()
    for (let each = this.tail; each?.expiresAt === Infinity; each = each.previous)
      each.expiresAt = now + this.ms
    if (this.timer === undefined) this.timer = this.arm(this.head.expiresAt - now)
    else this.timer.hold(true)
  }

  private rest(): void {
    if (this.lanes.size <= KEPT_LANES) {
      this.timer?.hold(false) // who waits for nothing may end the process
      return
    }
    this.timer?.cancel()
    this.close()
  }

  private close(): void {
    this.timer = undefined
    this.lanes.delete(this.ms)
  }

  // The timer is left running when its head is settled early: setting it anew for every call would cost more than the call.
  private arm(ms: number): Timer {
    return this.clock.after(ms, () => {
      this.expire()
    })
  }

  private expire(): void {
    this.timer = undefined
    const now = this.clock.now()
    while (this.head !== undefined && this.head.expiresAt <= now) {
      const late = this.head
      this.remove(late)
      late.expire(this.ms)
    }
    if (this.head === undefined) this.close()
    else if (!this.uncounted) this.timer = this.arm(this.head.expiresAt - now)
  }
}
