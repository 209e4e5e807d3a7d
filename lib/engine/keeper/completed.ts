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
  /** It is not kept at once. */
  waits(): void
  /** What it saw is kept: answer, tell. */
  committed(): void
  /** It is not known whether it is kept; but it is not if it was never `handed` to the store, or refused. */
  uncertain(error: unknown, handed: boolean): void
}

/** Whose state it is. */
export interface Owner extends Troubled {
  readonly identity: Identity
  readonly data: Data
  /** `version`: of the callbacks that write the state; `commitTimeout`: ms that the store may take for an answer. */
  readonly settings: { readonly version: number; readonly commitTimeout: number }
  readonly limits: Limits
  /** Does somebody wait for it to start, and is told if it fails? Then it does not wait for the store. */
  readonly isAwaited: boolean
}
