/** Anything that can tell when it has nothing left to do: a server, a client. */
export interface Drainable {
  drained(): Promise<void>
}

/**
 * Resolves when the mailbox is empty, nothing runs, and everything is committed: after it, what was cast has happened. A deferred reply that is
 * still owed does not count.
 *
 * @example
 * carts.cast('clear')
 * await drained(carts)
 */
export const drained = (ref: Drainable): Promise<void> => ref.drained()
