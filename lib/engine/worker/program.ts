import { Data } from '../data/data.js'
import type { DeclaredType } from '../data/types.js'
import { handlerTables, type Callbacks, type HandlerTables } from './callbacks.js'

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

/** What is said of callbacks beside them. */
type Traits = Partial<Pick<Program, 'types' | 'refuses' | 'version'>>

/** Makes callbacks ready to run. */
export const programOf = (
  callbacks: Callbacks,
  { types = [], refuses = [], version = 1 }: Traits = {},
): Program => ({
  callbacks,
  tables: handlerTables(callbacks),
  data: new Data(types),
  types,
  refuses,
  version,
})
