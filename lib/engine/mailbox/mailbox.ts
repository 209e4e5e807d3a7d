import { Subject } from 'rxjs'
import type { Envelope } from './envelope.js'

/**
 * The bounded FIFO of a server. It belongs to the server, not to the worker, so queued messages outlive a crash. A Subject delivers, the
 * queue owns the order (operators that keep order, such as `concatMap`, are about 100 times slower under a burst).
 */
export class Mailbox {
  private readonly arrivals = new Subject<Envelope>()
  private queue: (Envelope | undefined)[] = []
  private head = 0

  constructor(
    readonly limit: number,
    onArrival: () => void,
  ) {
    this.arrivals.subscribe(envelope => {
      this.queue.push(envelope)
      onArrival()
    })
  }

  get size(): number {
    return this.queue.length - this.head
  }

  deliver(envelope: Envelope): void {
    this.arrivals.next(envelope)
  }

  take(): Envelope | undefined {
    const next = this.queue[this.head]
    if (next === undefined) return undefined
    this.queue[this.head] = undefined // it is held by nobody once it is handled
    this.head += 1
    if (this.head === this.queue.length || this.head >= 1_024) this.compact()
    return next
  }

  /** Takes out all that the test holds true for, in order. */
  remove(test: (envelope: Envelope) => boolean): Envelope[] {
    const waiting = this.queue.slice(this.head) as Envelope[]
    const out = waiting.filter(test)
    if (out.length > 0) {
      this.queue = waiting.filter(envelope => !test(envelope))
      this.head = 0
    }
    return out
  }

  private compact(): void {
    if (this.head === 0) return
    this.queue = this.queue.slice(this.head)
    this.head = 0
  }
}
