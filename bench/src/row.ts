import type { Contender } from './contenders/contender.js'
import type { Effort } from './effort.js'

/** Figures by name. */
export type Figures = Readonly<Record<string, number>>

/** Takes a sample more. */
export type Sampler = () => Promise<Figures>

/** What one process measures. */
export interface Trial {
  /** Whose it is; ours if nobody is named. One of theirs that fails is shown as failed, one of ours breaks the run. */
  readonly by?: Contender
  /** Loads what it needs, warms it up, and hands back what takes the samples. */
  readonly prepare: (effort: Effort) => Promise<Sampler>
}

export type Unit = 'ns' | 'bytes' | 'requests/s' | '/s'

/** What a ratio is to be; see `judge.ts`. */
export type Target =
  | { readonly times: number } // ours costs at most so many times the peer's
  | { readonly faster: number } // ours costs so many times less
  | { readonly share: number } // ours does at least this share of the peer's
  | { readonly atMost: number } // ours is at most this, in its unit; there is no peer

/** Two figures of a row side by side, or one beside a limit. */
export interface Comparison {
  /** What sets it apart from the row's others. */
  readonly work: string
  readonly ours: string
  readonly peer?: string
  /** Default ns. */
  readonly unit?: Unit
  /** Reported only, unless given. */
  readonly target?: Target
}

/** One row of the table. */
export interface Row {
  readonly row: number
  readonly work: string
  /** Each has a process of its own, in every round a new one. */
  readonly trials: Readonly<Record<string, Trial>>
  readonly comparisons: readonly Comparison[]
  /** What it cannot be measured without. */
  readonly server?: Server
}

/** A server that a row needs, found by the variable or at its default port. */
export interface Server {
  readonly name: string
  readonly variable: string
  readonly url: string
}
