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

/** A life has ended: what only it could have handled is answered; with `mailbox.onCrash: 'drop'` all that waits is. */
export const bury = (
  home: Home,
  number: number,
  current: Envelope | undefined,
  worker: Worker | undefined,
  reason: ExitReason,
): void => {
  const { dropOnCrash } = home.settings
  if (current !== undefined)
    if (current === worker?.dropped) home.mailbox.putBack(current)
    else current.fail(new ServerExitedError(home.address, current.name, reason))
  undeliver(
    home,
    ({ life, system }) => life === number || (dropOnCrash && system === undefined),
    name => new ServerExitedError(home.address, name, reason),
  )
}

/** What its worker had begun before its turn is not run again. */
export const buryBegun = (home: Home, { begun }: Worker, reason: ExitReason): void => {
  if (begun !== undefined)
    undeliver(
      home,
      message => begun.has(message),
      name => new ServerExitedError(home.address, name, reason),
    )
}
