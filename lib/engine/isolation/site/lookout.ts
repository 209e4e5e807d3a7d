import { systemClock } from '../../clock.js'

/** ms. To wake a thread that sleeps takes longer than most handlers run. */
const WINDOW = 0.1

/**
 * Keeps the event loop of this thread from sleeping for a moment after it was busy, if the last time something came within that moment. So one who
 * calls again at once is answered at once; a thread that is called now and then sleeps.
 */
export class Lookout {
  private last = -Infinity
  private until = -Infinity
  private isOn = false

  /** Something came. */
  came(): void {
    const now = systemClock.now()
    const isSoon = now - this.last < 2 * WINDOW
    this.last = now
    this.until = isSoon ? now + WINDOW : -Infinity
    if (!isSoon || this.isOn) return
    this.isOn = true
    this.look()
  }

  private look(): void {
    systemClock.yield(() => {
      if (systemClock.now() < this.until) this.look()
      else this.isOn = false
    })
  }
}
