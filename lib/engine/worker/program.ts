import type { Data } from '../data/data.js'
import type { DeclaredType } from '../data/types.js'
import type { Callbacks, HandlerTables } from './callbacks.js'

/** A class of errors that refuse when thrown, instead of crashing. */
export type Refusal = abstract new (...args: never[]) => unknown

/** What a callback module is made of, ready to run. */
export interface Program {
  readonly callbacks: Callbacks
  readonly tables: HandlerTables
  readonly data: Data
  /** Classes whose instances `data` keeps as they are. */
  readonly types: readonly DeclaredType[]
  readonly refuses: readonly Refusal[]
  /** Of the state that the callbacks keep. */
  readonly version: number
}
