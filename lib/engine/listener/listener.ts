import type { ExitReason } from '../exit.js'

/** What is known of a committed change or an end. */
export interface ListenerMeta {
  readonly server: string
  readonly key: string | undefined
  readonly worker: number
  readonly revision: number
  /** What made the change: `call 'add'`; `undefined` for an end. */
  readonly message: string | undefined
}

/**
 * Told of every committed change of state and of every end of a life, in commit order, after the commit. It may be async: then it is told of
 * one thing at a time. One that throws or never finishes harms nobody.
 *
 * @example
 * const listener: Listener<number> = { onStateChanged: (old, next) => console.log(old, '→', next) }
 */
export interface Listener<S = unknown> {
  onStateChanged?(old: S, next: S, meta: ListenerMeta): unknown
  onTerminate?(reason: ExitReason, state: S, meta: ListenerMeta): unknown
}
