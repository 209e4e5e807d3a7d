/** Where the handlers of a server run: in this thread, in another one, or in another process. What each survives is told in docs/guide/isolation.md. */
export type IsolationLevel = 'inline' | 'thread' | 'process'

/**
 * What a server says of its isolation: a level, or with `dedicated` a thread (or process) that no other server is in. That one ends with each of
 * its lives.
 *
 * @example
 * const isolation: ServerIsolation = { in: 'process', dedicated: true }
 */
export type ServerIsolation =
  IsolationLevel | { readonly in?: Exclude<IsolationLevel, 'inline'>; readonly dedicated?: boolean }

/** The same with nothing left open. */
export interface Isolated {
  readonly level: IsolationLevel
  readonly dedicated: boolean
  /** The name of its callbacks there, if it is not its own. */
  readonly as: string | undefined
}

export const INLINE: Isolated = { level: 'inline', dedicated: false, as: undefined }
