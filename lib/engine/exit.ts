/**
 * Why a life, a server or a supervisor ends.
 *
 * - `'normal'`: it is done. - `'shutdown'`, `{ shutdown: x }`: it was asked to go. - `'kill'`: at once, without `@Terminate`.
 * - anything else, usually an `Error`: it crashed.
 *
 * Follows OTP's exit reasons (Erlang/OTP `supervisor`, "Restart strategy").
 *
 * @example
 * const reason: ExitReason = { shutdown: 'moved' }
 */
export type ExitReason = 'normal' | 'shutdown' | 'kill' | { readonly shutdown: unknown } | Error

/** What `exit` may be given: an exit reason, or a word of one's own, as in `Process.exit(pid, :oops)`, which counts as an error. */
export type GivenReason = ExitReason | (string & Record<never, never>)

/**
 * When a child is started again after it ended: always (`permanent`, the default), after an abnormal end
 * (`transient`), or never (`temporary`). Follows OTP's `restart` of a child specification.
 *
 * @example
 * const restart: Restart = 'transient'
 */
export type Restart = 'permanent' | 'transient' | 'temporary'

/** Is this end what it should be, and no crash? OTP: `normal`, `shutdown` and `{shutdown, Term}`. */
export const isExpected = (reason: ExitReason): boolean =>
  reason === 'normal' || reason === 'shutdown' || (typeof reason === 'object' && !isError(reason))

/** OTP's table: is a child with this restart type started again after this end? */
export const isRestarted = (restart: Restart, reason: ExitReason): boolean =>
  restart === 'permanent' || (restart === 'transient' && !isExpected(reason))

/** What was thrown, as an error: a thrown `'normal'` is no orderly end. */
export const crashOf = (thrown: unknown): Error =>
  isError(thrown) ? thrown : new Error(`thrown: ${nameOf(thrown)}`, { cause: thrown })

/** What `exit(reason)` was given, as an exit reason: a name of one's own, as in `Process.exit(pid, :oops)`, becomes an error. */
export const exitReasonOf = (reason: unknown): ExitReason =>
  isExitReason(reason) ? reason : new Error(describe(reason), { cause: reason })

/** Is this value one of OTP's exit reasons? */
export const isExitReason = (value: unknown): value is ExitReason =>
  value === 'normal' ||
  value === 'shutdown' ||
  value === 'kill' ||
  isError(value) ||
  safely(() => typeof value === 'object' && value !== null && Object.keys(value).join() === 'shutdown', false)

/** The reason in a few words, for a log line or an error message. */
export const describeExit = (reason: ExitReason): string => {
  if (typeof reason === 'string') return reason
  if (isError(reason))
    return safely(() => `${reason.name}: ${reason.message}`, 'an error that cannot be shown')
  return `shutdown (${describe(reason.shutdown)})`
}

/** What went wrong, in its own words. */
export const messageOf = (thrown: unknown): string =>
  isError(thrown) ? safely(() => textOf(thrown.message), 'an error that cannot be shown') : textOf(thrown)

/** A value of any kind, in an error message. */
export const textOf = (value: unknown): string => safely(() => String(value), 'a value that cannot be shown')

// What is thrown may be a state or a payload, and what is said of it stands in logs: an object is not shown.
const nameOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null ? 'an object that is no Error' : textOf(thrown)

// Anything can be thrown: a draft that has ended, a proxy whose every trap throws. Looking at it must not throw in its turn.
const safely = <T>(look: () => T, otherwise: T): T => {
  try {
    return look()
  } catch {
    return otherwise
  }
}

/** Is this an error? One of another realm (a vm context, a worker) is one too, so no `instanceof` alone. */
export const isError = (value: unknown): value is Error =>
  safely(() => Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error, false)

const describe = (value: unknown): string =>
  safely(
    () => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))),
    'a value that cannot be shown',
  )
