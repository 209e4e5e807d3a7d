import type { Outcome } from '../../engine/outcome.js'
import type { CallOptions } from '../../engine/ref.js'

type Method = (...args: never[]) => unknown

/** What Nest itself calls is no message. */
type LifecycleHook =
  | 'onModuleInit'
  | 'onApplicationBootstrap'
  | 'onModuleDestroy'
  | 'beforeApplicationShutdown'
  | 'onApplicationShutdown'

/** The messages of a server: its public methods. What is `protected` or `private` is not to be seen. */
export type MessageName<T> = {
  [K in keyof T]: T[K] extends Method ? (K extends string ? Exclude<K, LifecycleHook> : never) : never
}[keyof T]

type ArgumentsOf<M> = M extends (...args: infer A) => unknown ? A : never

type StateParameter<M> = ArgumentsOf<M>['length'] extends 0 ? unknown : ArgumentsOf<M>[0]

/** What a message carries: the second parameter of its method. */
export type PayloadOf<T, K extends keyof T> = ArgumentsOf<T[K]>['length'] extends 0 | 1
  ? undefined
  : ArgumentsOf<T[K]>[1]

// An outcome is told by its symbol: data of any shape may be a reply.
type Said<R> = R extends unknown
  ? keyof Outcome extends keyof R
    ? R extends Outcome<infer Reply>
      ? Reply
      : never
    : R
  : never

/** What a call resolves to: what its method returns, awaited and out of its outcome. */
export type ReplyOf<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R
  ? Said<Awaited<R>>
  : never

/** The messages that may be cast: those without a reply. */
export type CastName<T> = {
  [K in MessageName<T>]: [ReplyOf<T, K>] extends [void] ? K : never
}[MessageName<T>]

/** What follows the name of a call: the payload, if there is one, and how long to wait. */
export type CallArguments<T, K extends keyof T> =
  undefined extends PayloadOf<T, K>
    ? [payload?: PayloadOf<T, K>, options?: CallOptions]
    : [payload: PayloadOf<T, K>, options?: CallOptions]

/** What follows the name of a cast: the payload, if there is one. */
export type CastArguments<T, K extends keyof T> =
  undefined extends PayloadOf<T, K> ? [payload?: PayloadOf<T, K>] : [payload: PayloadOf<T, K>]

/** The state of a server: what all its public handlers take as their first parameter. */
export type StateOf<T> = [MessageName<T>] extends [never]
  ? unknown
  : { [K in MessageName<T>]: (state: StateParameter<T[K]>) => void }[MessageName<T>] extends (
        state: infer S,
      ) => void
    ? S
    : unknown
