import type { Observable } from 'rxjs'
import { Broadcast } from './broadcast.js'

/**
 * Tells of the end of one life of a server, once: as a promise and as an Observable. OTP's `Process.monitor/1`.
 *
 * Gotcha: it is of this life alone. After a restart, monitor again.
 *
 * @example
 * const { reason } = await engine.monitor('counter').down
 */
export class Monitor<D> {
  /** Resolves when the life has ended; never if it was cancelled before. */
  readonly down: Promise<D>
  /** The same, then completes; also shown to those who subscribe later. */
  readonly down$: Observable<D>
  private end: D | undefined = undefined
  private readonly broadcast: Broadcast<D>
  private resolve: (down: D) => void = () => undefined

  /** @internal */
  constructor(watch: (told: (down: D) => void) => () => void, report: (error: unknown) => void) {
    this.broadcast = new Broadcast<D>(report, () => (this.end === undefined ? [] : [this.end]))
    this.down$ = this.broadcast.values$
    this.down = new Promise(resolve => (this.resolve = resolve))
    this.unwatch = watch(down => {
      this.end = down
      this.resolve(down)
      this.broadcast.emit(down)
      this.broadcast.end()
    })
  }

  private readonly unwatch: () => void

  /** Nothing is told from now on: `down` stays open, `down$` completes. */
  cancel(): void {
    this.unwatch()
    this.broadcast.end()
  }
}
