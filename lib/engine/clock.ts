/** A timer of a {@link Clock}. */
export interface Timer {
  /** Ends the timer; a second time, or after it fired, it does nothing. */
  cancel(): void
  /** Does it keep the process alive while it runs? */
  hold(alive: boolean): void
}

/**
 * Where time comes from. Everything here that waits asks the clock, so a test can hold time in its hand
 * (`simulatedClock()` of `nestjs-peeper/testing`).
 *
 * @example
 * const engine = new Engine({ clock: systemClock })
 */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Milliseconds since 1970: of what has to be true of another process too. It may jump. */
  time(): number
  /** Calls back once after `ms`, however large; `Infinity` never. */
  after(ms: number, callback: () => void): Timer
  /** Calls back once the event loop has had its turn: a long run of messages lets sockets and timers in. */
  yield(callback: () => void): void
}

const LONGEST = 2_147_483_647 // beyond it Node's setTimeout fires at once

class SystemTimer implements Timer {
  private handle: NodeJS.Timeout | undefined
  private alive = true

  constructor(
    private left: number,
    private readonly callback: () => void,
  ) {
    this.arm()
  }

  cancel(): void {
    clearTimeout(this.handle)
  }

  hold(alive: boolean): void {
    this.alive = alive
    if (alive) this.handle?.ref()
    else this.handle?.unref()
  }

  private arm(): void {
    if (this.left === Infinity) return
    const ms = Math.min(this.left, LONGEST)
    this.left -= ms
    this.handle = setTimeout(() => {
      if (this.left > 0) this.arm()
      else this.callback()
    }, ms)
    if (!this.alive) this.handle.unref()
  }
}

/** This thread itself, also where a test has put its own time in the place of the process's. */
export const eventLoop: Pick<Clock, 'now' | 'yield'> = {
  now: performance.now.bind(performance),
  yield: setImmediate.bind(undefined),
}

/**
 * The process's own time.
 *
 * @example
 * systemClock.after(1_000, () => console.log('a second later')).cancel()
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  time: () => Date.now(),
  after: (ms, callback) => new SystemTimer(Math.max(0, ms), callback),
  yield: callback => {
    setImmediate(callback)
  },
}
