import {
  MailboxFullError,
  NoSuchMessageError,
  ServerClosingError,
  ServerDownError,
  ServerExitedError,
  ServerNotStartedError,
  ServerStoppedError,
  type PeeperError,
} from '../errors.js'
import { WORKER_SUFFIX } from '../identity.js'
import type { MessageKind } from '../mailbox/envelope.js'
import { handlerFor } from '../worker/callbacks.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/**
 * Why this message cannot be taken now; `undefined` if it can. Known at the send, so it costs no turn of the server. `life` is the one it is
 * for, if not for the server.
 */
export const gate = (
  home: Home,
  kind: MessageKind,
  name: string,
  life: Incarnation | undefined,
): PeeperError | undefined => {
  const { status, environment, program } = home
  const isOpen = status === 'running' && life === undefined && environment.intake.isOpen && !home.isFull
  return isOpen && handlerFor(program.tables[kind], name) !== undefined
    ? undefined
    : whyNot(home, kind, name, life)
}

// Apart from what every message passes, which has to be short.
const whyNot = (
  home: Home,
  kind: MessageKind,
  name: string,
  life: Incarnation | undefined,
): PeeperError | undefined => {
  const { address } = home
  const isOver = life !== undefined && !(life.isRunning && life === home.life)
  // One of many may be there again, as another.
  const closed = isOver && home.residence !== undefined ? undefined : closedGate(home, kind)
  if (closed !== undefined) return closed
  if (handlerFor(home.program.tables[kind], name) === undefined) return unknownMessage(home, kind, name)
  if (isOver) return new ServerExitedError(`${address}${WORKER_SUFFIX}`, name, life.endedBy ?? 'shutdown')
  return home.isFull ? fullMailbox(home, name) : undefined
}

/** One message too many: told, and refused. */
export const fullMailbox = (home: Home, name: string): MailboxFullError => {
  const { address } = home
  const { mailboxLimit: limit } = home.settings
  if (home.isWatched) home.emit({ type: 'overload', server: address, what: 'mailbox', limit })
  return new MailboxFullError(address, name, limit)
}

/** Why no message of this kind is taken now; `undefined` if one is. */
export const closedGate = (
  { address, status, endReason, environment, residence }: Home,
  kind: MessageKind,
): PeeperError | undefined => {
  if (status === 'stopped') return new ServerStoppedError(address, endReason)
  if (status === 'down') return new ServerDownError(address, endReason)
  if (status === 'new' && kind === 'call') return new ServerNotStartedError(address)
  // One of many goes by order: what comes meanwhile waits for its next life.
  if ((status === 'stopping' && residence === undefined) || environment.intake.refuses())
    return new ServerClosingError(address)
  return residence?.refusal()
}

/** The sender's error: nobody handles such a message, or it is one of another kind. */
export const unknownMessage = (
  { address, program }: Home,
  kind: MessageKind,
  name: string,
): NoSuchMessageError => {
  const { tables } = program
  const other = (['call', 'cast', 'info'] as const).find(each => each !== kind && tables[each].has(name))
  return new NoSuchMessageError(address, kind, name, [...tables[kind].keys()], other)
}
