import type { Clock, Timer } from '../clock.js'

/** The timers of one life: they end with it. */
export class Timers {
  private set: Map<string, Timer> | undefined = undefined
  private idle: Timer | undefined = undefined

  constructor(private readonly clock: Clock) {}

  /** Does one run? */
  get any(): boolean {
    return this.idle !== undefined || (this.set !== undefined && this.set.size > 0)
  }

  start(id: string, ms: number, fire: () => void): void {
    const timer = this.clock.after(ms, () => {
      this.set?.delete(id)
      fire()
    })
    this.set ??= new Map()
    this.set.set(id, timer)
  }

  /** Fires every `ms` until it is cancelled. */
  repeat(id: string, ms: number, fire: () => void): void {
    this.start(id, ms, () => {
      this.repeat(id, ms, fire) // before it fires: what it sets off may cancel it
      fire()
    })
  }

  cancel(id: string): void {
    this.set?.get(id)?.cancel()
    this.set?.delete(id)
  }

  /** Fires once the server has been idle for `ms`; {@link disturb} cancels it. */
  whenIdle(ms: number, fire: () => void): void {
    this.disturb()
    this.idle = this.clock.after(ms, () => {
      this.idle = undefined
      fire()
    })
    this.idle.hold(false)
  }

  disturb(): void {
    this.idle?.cancel()
    this.idle = undefined
  }

  end(): void {
    this.disturb()
    for (const timer of this.set?.values() ?? []) timer.cancel()
    this.set = undefined
  }
}
