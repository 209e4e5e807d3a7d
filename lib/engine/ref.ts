import type { GivenReason } from './exit.js'

/** How long a call waits, and what gives it up. */
export interface CallOptions {
  /** ms for the whole call; default 5 000; `Infinity` waits as long as the server lives. */
  readonly timeout?: number
  /** Gives the call up when it aborts. */
  readonly signal?: AbortSignal
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
