import { eventLoop } from '../../clock.js'

/** ms. To wake a thread that sleeps takes longer than most handlers run. */
const WINDOW = 0.1

/**
 * Keeps the event loop of this thread from sleeping for a moment after something came, if the last time something came within that moment. So one who
 * calls again at once is answered at once; a thread that is called now and then sleeps.
 */
export class Lookout {
  private last = -Infinity
  private until = -Infinity
  private isOn = false

  constructor(
    /** Looks whether something has come, where nobody says so. */
    private readonly look: () => boolean = () => false,
    /** From now on it has to be said. `false` if something has come meanwhile. */
    private readonly sleep: () => boolean = () => true,
  ) {}

  /** Something came. */
  came(): void {
    const now = eventLoop.now()
    this.until = now - this.last < WINDOW ? now + WINDOW : -Infinity
    this.last = now
    if (!this.isOn) this.rest()
  }

  // Looks on, or sleeps.
  private rest(): void {
    this.isOn = eventLoop.now() < this.until || !this.sleep()
    if (this.isOn) eventLoop.yield(this.turn)
  }

  private readonly turn = (): void => {
    if (this.look()) this.came()
    this.rest()
  }
}
