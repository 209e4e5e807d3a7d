import type { Envelope } from './envelope.js'

/**
 * The FIFO of a server, which bounds it. It belongs to the server, not to the worker, so queued messages outlive a crash. The envelopes themselves are
 * the links of the queue, a ring that is held by its last: a message in it costs nothing more, and an idle server next to nothing.
 */
export class Mailbox {
  size = 0
  private last: Envelope | undefined = undefined

  /** The message that is taken next. */
  get next(): Envelope | undefined {
    return this.last?.behind
  }

  put(envelope: Envelope): void {
    const { last } = this
    envelope.behind = last?.behind ?? envelope
    if (last !== undefined) last.behind = envelope
    this.last = envelope
    this.size += 1
  }

  take(): Envelope | undefined {
    const { last } = this
    const first = last?.behind
    if (last === undefined || first === undefined) return undefined
    if (first === last) this.last = undefined
    else last.behind = first.behind
    first.behind = undefined
    this.size -= 1
    return first
  }

  /** It was taken, and not handled: it is the next one again. */
  putBack(envelope: Envelope): void {
    const { last } = this
    this.put(envelope)
    if (last !== undefined) this.last = last
  }

  /** What is taken after this one, which waits here; the next one if none is given. */
  after(envelope: Envelope | undefined): Envelope | undefined {
    if (envelope === undefined) return this.next
    return envelope === this.last ? undefined : envelope.behind
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
