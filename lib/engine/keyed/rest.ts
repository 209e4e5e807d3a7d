import type { Clock, Timer } from '../clock.js'

/** One that rests when it has nothing to do. */
export interface Resting {
  isResting: boolean
  /** Whose rest began earlier has the lower number. */
  restsSince: number
  /** It has rested long enough. */
  passivate(): void
}

/** That many had gone to rest by then. */
interface Mark {
  begun: number
  at: number
}

/** Who rests longer than it should goes at most this part of its time too late. */
const GRAIN = 1 / 16

/** Of those who rest, the part that is put in order at a time. */
const SORTED = 1 / 16

/**
 * Who of a family is at rest, for how long, and who has been so longest. What begins to rest gets a number and nothing more: a queue in the order
 * of use would cost each message a look at its server's two neighbours, which are in no cache of the processor. The order is made when somebody
 * has to go, a part of it at a time; the clock is read, as for deadlines, when the event loop is free again.
 */
export class Rest {
  /** How many rest. */
  size = 0
  private begun = 0
  private isCounted = true
  /** Numbers by the time, the first due first. */
  private readonly marks: Mark[] = []
  private timer: Timer | undefined = undefined
  /** Those that rested longest when the last of these numbers was given, the longest at the end. */
  private longest: Resting[] = []
  private sortedTo = 0

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
    private readonly all: () => readonly Resting[],
  ) {}

  begin(one: Resting): void {
    one.isResting = true
    one.restsSince = this.begun += 1
    this.size += 1
    if (!this.isCounted) return
    this.isCounted = false
    process.nextTick(this.count)
  }

  end(one: Resting): void {
    one.isResting = false
    this.size -= 1
  }

  /** The one that has rested longest goes. Whether there was one. */
  passivateOne(): boolean {
    if (this.size === 0) return false
    const one = this.next() ?? this.sort().next()
    one?.passivate()
    return one !== undefined
  }

  private next(): Resting | undefined {
    let one = this.longest.pop()
    while (one !== undefined && !(one.isResting && one.restsSince <= this.sortedTo)) one = this.longest.pop()
    return one
  }

  // Few of them, for the others will have been used by the time that it is their turn.
  private sort(): this {
    const resting = this.all().filter(({ isResting }) => isResting)
    const numbers = Float64Array.from(resting, ({ restsSince }) => restsSince).sort()
    const highest = numbers[Math.floor(numbers.length * SORTED)] as number
    this.longest = resting
      .filter(({ restsSince }) => restsSince <= highest)
      .sort((one, other) => other.restsSince - one.restsSince)
    this.sortedTo = this.begun
    return this
  }

  // From now on the time of those who went to rest counts. Marks that are close are made one, of the later time.
  private readonly count = (): void => {
    const { marks, begun, ms } = this
    this.isCounted = true
    const at = this.clock.now()
    const before = marks.at(-2)
    if (before !== undefined && at - before.at < ms * GRAIN) marks.pop()
    marks.push({ begun, at })
    if (this.timer === undefined) this.arm(ms)
  }

  private arm(ms: number): void {
    this.timer = this.clock.after(ms, () => {
      this.expire()
    })
    this.timer.hold(false) // a process need not wait for this
  }

  private expire(): void {
    const { marks, ms } = this
    const now = this.clock.now()
    let due = 0
    while (marks[0] !== undefined && marks[0].at + ms <= now) due = (marks.shift() as Mark).begun
    this.longest = [] // some have left since
    this.timer = undefined
    if (marks[0] !== undefined) this.arm(marks[0].at + ms - now)
    for (const one of this.all()) if (one.isResting && one.restsSince <= due) one.passivate()
  }
}
