import { systemClock, type Timer } from '../clock.js'

/** Looks within a deadline. */
const LOOKS = 4
/** Quiet looks after which a sign of life is asked for. */
const QUIET = 2

/**
 * Finds out that a place has hung: it owes something, and gives no sign of life when it is asked for one. Its event loop gives it, whatever its handlers
 * wait for. In real time, whatever clock the engine has, for a thread knows no other; time in which this thread itself is busy does not count.
 */
export class Heartbeat {
  private timer: Timer | undefined = undefined
  private doubt: Timer | undefined = undefined
  /** Looks since it has said something. */
  private quiet = 0

  constructor(
    /** ms. */
    private readonly deadline: number,
    private readonly owes: () => boolean,
    private readonly ask: () => void,
    private readonly hung: () => void,
  ) {}

  /** Something is owed from now on. */
  begin(): void {
    if (this.timer !== undefined) return
    this.quiet = 0
    this.wait()
  }

  /** It has said something. */
  heard(): void {
    this.quiet = 0
    this.doubt?.cancel()
    this.doubt = undefined
  }

  /** There is reason to doubt: it answers within so many ms, or has hung. */
  within(ms: number): void {
    if (this.doubt !== undefined) return
    this.ask()
    const doubt = (this.doubt = systemClock.after(ms, () => {
      this.sentence(() => this.doubt === doubt)
    }))
    doubt.hold(false)
  }

  end(): void {
    this.timer?.cancel()
    this.doubt?.cancel()
    this.timer = this.doubt = undefined
  }

  private wait(): void {
    this.timer = systemClock.after(this.deadline / LOOKS, () => {
      this.look()
    })
    this.timer.hold(false)
  }

  private look(): void {
    this.timer = undefined
    if (!this.owes()) return
    this.wait()
    this.quiet += 1
    if (this.quiet === QUIET) this.ask()
    if (this.quiet > LOOKS) this.sentence(() => this.quiet > LOOKS)
  }

  // What has come while this thread was busy is read first.
  private sentence(isSilent: () => boolean): void {
    systemClock.yield(() => {
      if (isSilent()) this.hung()
    })
  }
}
