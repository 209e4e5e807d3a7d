import type { ExitReason, Restart } from './exit.js'
import type { Prompt } from './promptly.js'

/**
 * How long a child may take to end: ms, `'infinity'`, or `'brutal_kill'`: at once, without `@Terminate`. OTP's `shutdown`.
 *
 * @example
 * const shutdown: Shutdown = 5_000
 */
export type Shutdown = number | 'brutal_kill' | 'infinity'

/**
 * When a supervisor ends because its significant children did: never (the default), with the first, or with the last of them.
 * OTP's `auto_shutdown`.
 */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant'

/** Told by a running child that it ended by itself. */
export type Exited = (reason: ExitReason) => void

/** Nobody is told. */
export const untold: Exited = () => undefined

/** Something a supervisor starts, watches and stops. */
export interface Child {
  /** Resolves once it runs. From then on `exited` is called, once, if it ends by itself. */
  start(exited: Exited): Prompt<void>
  /** Ends it; resolves once it has ended. `exited` is not called for that. */
  stop(reason: ExitReason, shutdown: Shutdown): Prompt<void>
}

/**
 * What a supervisor knows of a child. Follows OTP's child specification.
 *
 * @example
 * const spec: ChildSpec = { id: 'ticker', create: () => new Ticker(), restart: 'transient' }
 */
export interface ChildSpec {
  readonly id: string
  /** Makes one life of the child: called for the first start and for each restart. */
  readonly create: () => Child
  /** Default `'permanent'`. */
  readonly restart?: Restart
  /** Default 5 000 ms; `'infinity'` for a supervisor. */
  readonly shutdown?: Shutdown
  /** Does its end count for `autoShutdown`? Not for a permanent child. Default false. */
  readonly significant?: boolean
  /** Default `'worker'`. */
  readonly type?: 'worker' | 'supervisor'
}
