import type { PeeperError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import type { Ref } from '../ref.js'
import type { Blueprint } from './blueprints.js'

/** What a server that is one of many is to its family: it comes with a message, and goes when it is idle or told to. */
export interface Residence {
  readonly key: string
  readonly blueprint: Blueprint
  /** The address that outlives its stay. */
  readonly self: Ref
  /** Why it takes no message now, if it does not. */
  refusal(): PeeperError | undefined
  /** A message is in its mailbox. */
  arrived(): void
  /** What kept it busy may be over, or something may have begun that does. */
  reconsider(): void
  /** It has come to the order to go, in its turn among the messages. */
  retires(): void
  /** Its branch has ended. Is what waits in its mailbox for its next life? */
  leaves(status: 'stopped' | 'down', reason: ExitReason): boolean
  /** It is not: nothing more of it is served. */
  closed(): void
}
