import { systemClock, type Clock, type Timer } from '../engine/clock.js'

/** A clock that stands still until it is told to go on. */
export interface SimulatedClock extends Clock {
  /**
   * Lets `ms` pass: timers fire in order, each with all that follows from it, before the next. Await it.
   */
  advance(ms: number): Promise<void>
  /** How many timers are set. */
  readonly pending: number
}

/** What {@link simulatedClock} takes. */
export interface SimulatedClockOptions {
  /** Its `time()` at first, in ms since 1970. Default 0. */
  readonly since?: number
  /**
   * What else takes time of its own, such as a keeper that writes to a disk: a promise until it has answered, `undefined` while it does nothing. No
   * time passes meanwhile.
   */
  readonly busy?: () => Promise<unknown> | undefined
}

class Timers implements SimulatedClock {
  private passed = 0
  private order = 0
  private readonly timers = new Set<SimulatedTimer>()

  constructor(private readonly options: SimulatedClockOptions) {}

  now(): number {
    return this.passed
  }

  time(): number {
    return this.passed + (this.options.since ?? 0)
  }

  after(ms: number, callback: () => void): Timer {
    const timer = new SimulatedTimer(this.passed + Math.max(0, ms), (this.order += 1), callback, this.timers)
    if (ms !== Infinity) this.timers.add(timer)
    return timer
  }

  yield(callback: () => void): void {
    systemClock.yield(callback)
  }

  get pending(): number {
    return this.timers.size
  }

  async advance(ms: number): Promise<void> {
    const until = this.passed + ms
    await this.settled()
    for (let timer = this.nextBefore(until); timer !== undefined; timer = this.nextBefore(until)) {
      this.passed = Math.max(this.passed, timer.at)
      timer.fire()
      await this.settled()
    }
    this.passed = Math.max(this.passed, until)
  }

  // What follows from a timer may take several rounds of promises and of the event loop.
  private async settled(): Promise<void> {
    await rounds()
    for (let busy = this.options.busy?.(); busy !== undefined; busy = this.options.busy?.()) {
      await busy
      await rounds()
    }
  }

  private nextBefore(until: number): SimulatedTimer | undefined {
    let next: SimulatedTimer | undefined
    for (const timer of this.timers) {
      const isDue = timer.at <= until
      if (
        isDue &&
        (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
      )
        next = timer
    }
    return next
  }
}

class SimulatedTimer implements Timer {
  constructor(
    readonly at: number,
    readonly order: number,
    private readonly callback: () => void,
    private readonly timers: Set<SimulatedTimer>,
  ) {}

  cancel(): void {
    this.timers.delete(this)
  }

  hold(): void {
    // a simulated timer keeps nothing alive
  }

  fire(): void {
    this.cancel()
    this.callback()
  }
}

const rounds = async (): Promise<void> => {
  for (let round = 0; round < 3; round += 1)
    await new Promise<void>(resolve => {
      systemClock.yield(resolve)
    })
}

/**
 * Time in a test's own hand: no sleeps, no flakes. Give it to the engine (`{ clock }`) or to Nest by `overrideProvider(PEEPER_CLOCK)`.
 *
 * @example
 * const clock = simulatedClock()
 * const engine = new Engine({ clock })
 * const asked = server.call('slow', undefined, { timeout: 5_000 })
 * await clock.advance(5_000) // now it has timed out
 */
export const simulatedClock = (options: SimulatedClockOptions = {}): SimulatedClock => new Timers(options)
