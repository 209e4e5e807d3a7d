import type { Clock } from '../clock.js'
import type { Data } from '../data/data.js'
import type { Identity } from '../identity.js'
import type { Writes } from '../tables/table-write.js'
import type { Limits } from '../within.js'
import type { Troubled } from './trouble.js'

/** A message that ran and waits until the newest revision it saw is kept. */
export interface Completed {
  readonly revision: number
  readonly state: unknown
  readonly writes: Writes | undefined
  /** When the server wants to be woken, once this is kept. */
  readonly wakeAt: number | undefined
  /** It is not kept at once. */
  waits(): void
  /** Answers before it is kept, if there is an answer. Whether somebody is told of a change by that. */
  answerEarly?(): boolean
  /** What it saw is kept: answer, tell. */
  committed(): void
  /** It is not known whether it is kept; but it is not if it was never `handed` to the store, or refused. */
  uncertain(error: unknown, handed: boolean): void
}

/** Whose state it is. */
export interface Owner extends Troubled {
  readonly identity: Identity
  readonly data: Data
  readonly settings: {
    /** Of the callbacks that write the state. */
    readonly version: number
    /** ms that the store may take for an answer. */
    readonly commitTimeout: number
    /** So many messages may be answered and not kept … */
    readonly maxBehind: number
    /** … for so many ms. */
    readonly maxBehindMs: number
  }
  readonly limits: Limits
  readonly clock: Clock
  /** Does somebody wait for it to start, and is told if it fails? Then it does not wait for the store. */
  readonly isAwaited: boolean
}
