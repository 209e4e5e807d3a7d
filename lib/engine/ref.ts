import type { GivenReason } from './exit.js'

/** How long a call waits, and what gives it up. */
export interface CallOptions {
  /** ms for the whole call; default 5 000; `Infinity` waits as long as the server lives. */
  readonly timeout?: number
  /** Gives the call up when it aborts. */
  readonly signal?: AbortSignal
  /**
   * A name for this very request, of 1 to 255 characters. A call with the same `id`, to the same server and message, runs nothing and gets the reply of the
   * first one: so it may be sent again after an answer that was lost ("it may have happened"), also when the server or its process has restarted. The
   * first one's reply is stored with what it did; a refusal or a crash is not, and runs again. With another payload it is refused
   * (`RequestMismatchError`). Bounded by `requests` of the server: 1 000 of them, for a day. A call with an `id` costs a commit, also of a handler
   * that only reads.
   */
  readonly id?: string
}

/** Where messages are sent to: a server by its address, or one life of it. */
export interface Ref {
  readonly name: string
  readonly key: string | undefined
  /** Asks and waits for the reply. Rejects with a refusal's own error or a `PeeperError`. */
  call(message: string, payload?: unknown, options?: CallOptions): Promise<unknown>
  /** One-way. Never throws for the server's sake: what cannot be delivered becomes a dead letter. */
  cast(message: string, payload?: unknown): void
  /** Any other message, for `@HandleInfo`. Returns the message, as `send/2` does. */
  send<M extends string>(message: M, payload?: unknown): M
  /**
   * Ends the running life, as `Process.exit(worker, reason)`; the supervisor decides what follows. `'normal'` does nothing, as in OTP; a server
   * with `trapExit` gets the info `'EXIT'` instead, but for `'kill'`.
   */
  exit(reason: GivenReason): void
}
