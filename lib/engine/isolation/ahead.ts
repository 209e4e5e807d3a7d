import type { Envelope } from '../mailbox/envelope.js'
import type { Mailbox } from '../mailbox/mailbox.js'
import type { Message } from '../worker/worker.js'

/** As many are sent before their turn; when half of them have had it, the next ones are. So what waits travels together. */
const MOST = 64

/**
 * The messages that wait in the mailbox here, and have already been sent to the other side. It runs them one after the other, without waiting for this
 * side to come to them: unless one crashes, stops the server or has a continue. Then it drops the rest, which stay where they are, in the mailbox.
 */
export class Ahead {
  /** Goes up whenever the rest is dropped, on each side by itself: what was sent before that is known by it. */
  epoch = 0
  private messages: Envelope[] = []
  private readonly outran = new Set<Message>()
  private isOpen = false

  get size(): number {
    return this.messages.length
  }

  /** The turn of this one has come. Is it there already? */
  take(message: Message): boolean {
    if (this.messages.length === 0) return false
    if (this.messages.shift() !== message) throw new Error('a message was overtaken by one that came later')
    return true
  }

  /** A message is sent in its turn: what follows may be sent before its own. */
  open(): void {
    this.isOpen = true
  }

  /** Nothing more is sent before its turn. */
  close(): void {
    this.isOpen = false
  }

  /** The other side has dropped what it had not begun. */
  drop(): void {
    this.isOpen = false
    this.epoch += 1
    this.messages = []
  }

  /** Those that may be sent now; each that is to be {@link add}ed before the next one. */
  *next(mailbox: Mailbox): IterableIterator<Envelope> {
    if (!this.isOpen || this.size > MOST / 2) return
    let message = mailbox.after(this.messages.at(-1))
    // What the server itself is asked, and what may have been handled before, goes not by the worker alone.
    while (message !== undefined && message.system === undefined && message.request === undefined) {
      yield message
      if (this.messages.at(-1) !== message) return
      if (this.size >= MOST) return
      message = mailbox.after(message)
    }
  }

  /** This one is sent. */
  add(message: Envelope): void {
    this.messages.push(message)
  }

  /** The turn of the next one does not come any more, though it was begun. */
  outrun(): void {
    const message = this.messages.shift()
    if (message !== undefined) this.outran.add(message)
  }

  /** Those that were begun, and whose turn does not come; and those of which that is not known. `undefined` if there are none. */
  get begun(): ReadonlySet<Message> | undefined {
    return this.size + this.outran.size === 0 ? undefined : new Set([...this.outran, ...this.messages])
  }
}
