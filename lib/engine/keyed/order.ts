import type { ExitReason } from '../exit.js'
import type { Envelope } from '../mailbox/envelope.js'

/** An order to go: it stands in the mailbox, and is carried out in its turn. */
export class Order {
  private waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []

  constructor(
    readonly reason: ExitReason,
    /** `undefined` when there was no mailbox to put it in. */
    readonly envelope: Envelope | undefined,
    /** Is the state to go as well? */
    public forgets: boolean,
  ) {}

  /** Resolves when it is carried out. */
  carriedOut(): Promise<void> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  /** These are carried out with it. */
  include(others: readonly Order[]): void {
    for (const { waiting, forgets } of others) {
      this.waiting.push(...waiting)
      this.forgets ||= forgets
    }
  }

  done(): void {
    for (const { resolve } of this.waiting) resolve()
  }

  failed(error: unknown): void {
    for (const { reject } of this.waiting) reject(error)
  }
}
