import type { ExitReason } from '../exit.js'
import type { Context } from './context.js'

/** A handler of one message: `(state, payload, ctx)`; it mutates the draft and returns its outcome, or a promise of it. */
export type Handler = (state: never, payload: never, ctx: Context) => unknown

/** What a `'*'` handler gets: a message that no other handler takes. */
export interface UnknownMessage {
  readonly name: string
  readonly payload: unknown
}

/** Upgrades a state of version `fromVersion`: `(state, fromVersion, extra)`; it mutates the draft or returns the next state, or a promise of it. */
export type CodeChangeHandler = (state: never, fromVersion: number, extra: unknown) => unknown

/** Steps by the version they lead from, each to the next one. */
export type CodeChangeSteps = Readonly<Record<number, CodeChangeHandler>>

/** Handlers by message name; `'*'` takes what no other does. */
export type Handlers = Readonly<Record<string, Handler>>

/**
 * A callback module, as the engine sees it: functions only, no state. In Nest, `@PeeperServer()` and the handler decorators make it from a class.
 *
 * @example
 * const counter: Callbacks = { call: { read: (n: number) => n }, cast: { inc: (n: number) => noreply({ state: n + 1 }) } }
 */
export interface Callbacks {
  /** Runs on each start, with what `start` was given, or on a restart with the kept state. Returns the first state. */
  readonly init?: (arg: never, ctx: Context) => unknown
  readonly call?: Handlers
  readonly cast?: Handlers
  readonly info?: Handlers
  readonly continue?: Handlers
  /** Runs when a life ends, except by `'kill'`, with the last committed state. */
  readonly terminate?: (state: never, reason: ExitReason, ctx: Context) => unknown
  /**
   * Upgrades a state of an older `version`: once, when it is loaded, and whenever `codeChange` of the server asks for it. One handler goes all
   * the way from the version that it is given; steps go from theirs to the next, one after the other.
   */
  readonly codeChange?: CodeChangeHandler | CodeChangeSteps
  /** What `status()` shows in place of the state. */
  readonly formatStatus?: (state: never) => unknown
}

/** Looked up in Maps, never on a prototype: a message may be called `constructor`. */
export type HandlerTable = ReadonlyMap<string, Handler>

export interface HandlerTables {
  readonly call: HandlerTable
  readonly cast: HandlerTable
  readonly info: HandlerTable
  readonly continue: HandlerTable
}

export const handlerTables = (callbacks: Callbacks): HandlerTables => ({
  call: new Map(Object.entries(callbacks.call ?? {})),
  cast: new Map(Object.entries(callbacks.cast ?? {})),
  info: new Map(Object.entries(callbacks.info ?? {})),
  continue: new Map(Object.entries(callbacks.continue ?? {})),
})

/** The handler of just this name. `'*'` is nobody's name. */
export const namedHandler = (table: HandlerTable, name: string): Handler | undefined =>
  name === '*' ? undefined : table.get(name)

/** The handler that takes a message of this name. A continue is never unknown: its name is checked when it is handed back. */
export const handlerFor = (table: HandlerTable, name: string): Handler | undefined =>
  typeof name === 'string' ? (table.get(name) ?? table.get('*')) : undefined // whatever it is, it is no name

/** The step that leads from this version to the next. */
export const stepFrom = (steps: CodeChangeSteps, version: number): CodeChangeHandler | undefined =>
  Object.hasOwn(steps, version) ? steps[version] : undefined

/** Can a state of this version be upgraded? */
export const upgradesFrom = ({ codeChange }: Callbacks, version: number): boolean =>
  typeof codeChange === 'object' ? stepFrom(codeChange, version) !== undefined : codeChange !== undefined
