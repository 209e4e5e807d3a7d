import type { Envelope } from '../mailbox/envelope.js'
import type { Home } from './home.js'

/** Takes messages out of the mailbox that nobody will handle: callers are rejected, the rest become dead letters. */
export const undeliver = (
  home: Home,
  test: (envelope: Envelope) => boolean,
  error: (message: string) => Error,
): void => {
  for (const envelope of home.mailbox.remove(test)) {
    const reason = error(envelope.name)
    if (envelope.awaited) envelope.fail(reason)
    else if (envelope.system === undefined) home.deadLetter(envelope, reason)
  }
}
