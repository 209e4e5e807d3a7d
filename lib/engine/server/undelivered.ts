import { ServerExitedError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import type { Envelope } from '../mailbox/envelope.js'
import type { Worker } from '../worker/worker.js'
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

/** A life has ended: what it had begun and what only it could have handled is answered; with `mailbox.onCrash: 'drop'` all that waits is. */
export const bury = (
  home: Home,
  number: number,
  current: Envelope | undefined,
  worker: Worker | undefined,
  reason: ExitReason,
): void => {
  const exited = (name: string): Error => new ServerExitedError(home.address, name, reason)
  const { dropOnCrash } = home.settings
  const begun = worker?.begun
  if (current !== undefined)
    if (current === worker?.dropped) home.mailbox.putBack(current)
    else current.fail(exited(current.name))
  undeliver(
    home,
    message =>
      message.life === number ||
      begun?.has(message) === true ||
      (dropOnCrash && message.system === undefined),
    exited,
  )
}
