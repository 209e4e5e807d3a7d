import type { Clock, Timer } from './clock.js'

/** Something that may expire: linked into the ring of its lane while it waits. */
export interface Expiring {
  /** `undefined` until its time counts. */
  expiresAt: number | undefined
  previous: Expiring | undefined
  following: Expiring | undefined
  lane: Lane | undefined
  /** `ms`: after how long. */
  expire(ms: number): void
}

/** Lanes that keep their timer while they are empty: there are few lengths in use, unless each call has its own. */
const KEPT_LANES = 16

/**
 * All call timeouts of an engine. A timer per call would double the cost of a call; here calls of the same length share a lane: a ring that
 * is in order by itself, with one timer for its head. What is settled leaves its lane at once.
 *
 * A timeout counts from the moment the event loop is free again, as nothing could expire before: so a call that is settled by then has asked
 * neither the clock nor a timer.
 */
export class Deadlines {
  private readonly lanes = new Map<number, Lane>()
  private fresh: Lane[] = []
  /** The one asked for last: most calls wait as long as the call before. */
  private latest: Lane | undefined = undefined

  constructor(private readonly clock: Clock) {}

  add(waiting: Expiring, ms: number): void {
    if (ms === Infinity) return
    const lane = this.latest?.ms === ms && this.latest.isOpen ? this.latest : this.laneOf(ms)
    if (!lane.add(waiting)) return
    if (this.fresh.length === 0) process.nextTick(this.count)
    this.fresh.push(lane)
  }

  /** Calls back once after `ms`, unless it is cancelled. */
  after(ms: number, callback: () => void): Limit {
    const limit = new Limit(callback)
    this.add(limit, ms)
    return limit
  }

  private laneOf(ms: number): Lane {
    let lane = this.lanes.get(ms)
    if (lane === undefined) this.lanes.set(ms, (lane = new Lane(this.clock, ms, this.lanes)))
    return (this.latest = lane)
  }

  private readonly count = (): void => {
    const { fresh } = this
    this.fresh = []
    for (const lane of fresh) lane.count()
  }
}

/** What calls back when it expires. */
export class Limit implements Expiring {
  expiresAt: number | undefined = undefined
  previous: Expiring | undefined = undefined
  following: Expiring | undefined = undefined
  lane: Lane | undefined = undefined

  constructor(readonly expire: () => void) {}

  cancel(): void {
    this.lane?.remove(this)
  }
}

/** In the ring of a lane. */
interface Linked extends Expiring {
  previous: Expiring
  following: Expiring
}

export class Lane {
  isOpen = true
  private head: Expiring | undefined = undefined
  /** Whether {@link count} is to come. */
  private uncounted = false
  private timer: Timer | undefined = undefined

  constructor(
    private readonly clock: Clock,
    readonly ms: number,
    private readonly lanes: Map<number, Lane>,
  ) {}

  /** Whether it is the first to come since {@link count}. */
  add(waiting: Expiring): boolean {
    const head = (this.head ??= waiting)
    const tail = head.previous ?? waiting
    waiting.lane = this
    waiting.previous = tail
    waiting.following = head
    tail.following = head.previous = waiting
    const isFirst = !this.uncounted
    this.uncounted = true
    return isFirst
  }

  remove(waiting: Expiring): void {
    const { previous, following } = waiting as Linked
    previous.following = following
    following.previous = previous
    if (this.head === waiting) this.head = following === waiting ? undefined : following
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
    let each = this.head.previous
    while (each !== undefined && each.expiresAt === undefined) {
      each.expiresAt = now + this.ms
      each = each.previous
    }
    if (this.timer === undefined) this.timer = this.arm(dueAt(this.head) - now)
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
    this.isOpen = false
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
    while (this.head !== undefined && dueAt(this.head) <= now) {
      const late = this.head
      this.remove(late)
      late.expire(this.ms)
    }
    if (this.head === undefined) this.close()
    else if (!this.uncounted) this.timer = this.arm(dueAt(this.head) - now)
  }
}

const dueAt = ({ expiresAt = Infinity }: Expiring): number => expiresAt
