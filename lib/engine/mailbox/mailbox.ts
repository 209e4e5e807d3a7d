import type { Envelope } from './envelope.js'

/**
 * The bounded FIFO of a server. It belongs to the server, not to the worker, so queued messages outlive a crash. The envelopes themselves are
 * the links of the queue: a message in it costs nothing more, and an idle server next to nothing.
 */
export class Mailbox {
  size = 0
  private first: Envelope | undefined = undefined
  private last: Envelope | undefined = undefined

  constructor(readonly limit: number) {}

  get isFull(): boolean {
    return this.size >= this.limit
  }

  /** The message that is taken next. */
  get next(): Envelope | undefined {
    return this.first
  }

  put(envelope: Envelope): void {
    if (this.last === undefined) this.first = envelope
    else this.last.behind = envelope
    this.last = envelope
    this.size += 1
  }

  take(): Envelope | undefined {
    const { first } = this
    if (first === undefined) return undefined
    this.first = first.behind
    if (this.first === undefined) this.last = undefined
    first.behind = undefined
    this.size -= 1
    return first
  }

  /** Takes out all that the test holds true for, in order. */
  remove(test: (envelope: Envelope) => boolean): Envelope[] {
    const out: Envelope[] = []
    for (let left = this.size; left > 0; left -= 1) {
      const envelope = this.take() as Envelope
      if (test(envelope)) out.push(envelope)
      else this.put(envelope)
    }
    return out
  }
}
