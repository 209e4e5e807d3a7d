import { systemClock, type Timer } from '../../engine/clock.js'

interface Waiting {
  readonly until: number
  readonly fail: (error: Error) => void
}

/** Gives up what has not been answered in time. All have the same time, so the oldest is always the next: one timer does for all. */
export class Deadlines {
  private readonly waiting = new Set<Waiting>()
  private timer: Timer | undefined = undefined

  constructor(
    private readonly ms: number,
    private readonly error: () => Error,
  ) {}

  within<T>(asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const one = { until: systemClock.now() + this.ms, fail: reject }
      this.waiting.add(one)
      if (this.timer === undefined) this.arm(this.ms)
      asked.then(
        answer => {
          this.waiting.delete(one)
          resolve(answer)
        },
        (error: unknown) => {
          this.waiting.delete(one)
          reject(error)
        },
      )
    })
  }

  end(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  private arm(ms: number): void {
    this.timer = systemClock.after(ms, () => {
      this.expire()
    })
    this.timer.hold(false) // whoever waits holds a socket
  }

  private expire(): void {
    this.timer = undefined
    const now = systemClock.now()
    for (const one of this.waiting) {
      if (one.until > now) {
        this.arm(one.until - now)
        return
      }
      this.waiting.delete(one)
      one.fail(this.error())
    }
  }
}
