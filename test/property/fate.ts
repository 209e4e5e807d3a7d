import { CallTimeoutError, CommitFailedError, ServerExitedError } from 'nestjs-peeper/engine'
import { type Op } from './commands.js'
import { Refusal } from './ledger-server.js'
import { type Begun, type Sent } from './record.js'

/** What is known of a message besides what its sender was told. */
export interface Facts {
  readonly happened: boolean
  readonly begun: Begun | undefined
  /** Why it became a dead letter, if it did. */
  readonly letter: unknown
  /** When the life that took it ended, if by itself or by an exit. */
  readonly endedAt: number
  /** When listeners were told of it. */
  readonly toldAt: number
  /** The keeper never failed. */
  readonly fair: boolean
  /** `mailbox: { onCrash: 'drop' }` */
  readonly drops: boolean
}

const TIMEOUT = 5_000

const takesTime: ReadonlySet<Op> = new Set(['slow', 'slowRead', 'reject', 'table', 'tableRead', 'tableThrow'])
const crashes: ReadonlySet<Op> = new Set(['throw', 'reject', 'bad', 'tableThrow'])
const changesNothing: ReadonlySet<Op> = new Set([
  'read',
  'slowRead',
  'tableRead',
  'throw',
  'reject',
  'bad',
  'refuse',
  'tableThrow',
])

/** What is wrong with how a message ended; `undefined` if nothing is. */
export const wrongFate = (sent: Sent, facts: Facts): string | undefined => {
  const { op, outcome } = sent
  const { happened, begun, drops } = facts
  if (happened && (begun === undefined || changesNothing.has(op))) return 'happened, and should not have'
  if (drops && begun !== undefined && sent.life !== undefined && begun.worker !== sent.life)
    return 'was to be dropped with the life it waited for'
  if (sent.kind !== 'call') return wrongLetter(sent, facts)
  if (outcome === undefined) return 'never settled'
  if ('error' in outcome) return wrongError(sent, outcome.error, facts)
  return begun === undefined ? 'was answered and never ran' : undefined
}

const wrongError = (sent: Sent, error: unknown, facts: Facts): string | undefined => {
  const { happened, begun, endedAt, toldAt, drops } = facts
  const { op, at } = sent
  if (error instanceof Refusal) return op === 'refuse' ? undefined : 'was refused'
  if (error instanceof CommitFailedError) return wrongUncertainty(error, facts)
  if (error instanceof CallTimeoutError) {
    if (begun !== undefined && endedAt < at + TIMEOUT) return 'was left waiting for a life that had ended'
    return toldAt < at + TIMEOUT && op !== 'defer' ? 'was committed and not answered' : undefined
  }
  if (!(error instanceof ServerExitedError)) return begun === undefined ? undefined : 'was not taken, and ran'
  if (begun === undefined) return drops ? undefined : 'was dropped'
  if (op === 'defer') return happened ? undefined : 'was deferred and lost'
  if (happened) return 'was told that it never happened, and happened'
  return crashes.has(op) || takesTime.has(op) ? undefined : 'cannot have been interrupted'
}

const wrongLetter = ({ op }: Sent, facts: Facts): string | undefined => {
  const { happened, begun, letter, drops } = facts
  if (letter instanceof Refusal) return op === 'refuse' ? undefined : 'was refused'
  if (letter instanceof CommitFailedError) return wrongUncertainty(letter, facts)
  if (letter instanceof ServerExitedError && !drops) return 'was dropped'
  if (letter !== undefined) return begun === undefined ? undefined : 'ran and became a dead letter'
  if (begun === undefined) return 'vanished'
  if (op === 'refuse') return 'was refused and is no dead letter'
  return happened || changesNothing.has(op) || takesTime.has(op) ? undefined : 'ran and left nothing'
}

const wrongUncertainty = (
  { mayHaveHappened }: CommitFailedError,
  { fair, begun, happened }: Facts,
): string | undefined => {
  if (happened && !mayHaveHappened) return 'was told that it had not happened, and has'
  if (fair) return 'failed to be committed by a keeper that does not fail'
  return begun === undefined ? 'failed to be committed and never ran' : undefined
}
