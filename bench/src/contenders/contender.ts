import type { Work } from '../works.js'

/** What a user would pick instead of us. */
export interface Contender {
  readonly name: string
  /** Its package, if it has one. */
  readonly package?: string
  /** What it does not do, of what ours does for the same call. */
  readonly lacks: readonly string[]
  /** Gets ready to do this work. Loads its package only now: no process holds what it does not measure. */
  readonly open: <S>(work: Work<S>) => Promise<Start>
}

/** Starts one more that has the work's first state. */
export type Start = () => Served | Promise<Served>

/** One that serves. */
export interface Served {
  /** Asks it to do its work once, and for the reply. */
  readonly call: () => Promise<number>
  /** Asks it to do its work once: nobody waits. */
  readonly cast: () => unknown
}
