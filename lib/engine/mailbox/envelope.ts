import { AsyncResource } from 'node:async_hooks'
import type { Expiring, Lane } from '../deadlines.js'
import { CallTimeoutError } from '../errors.js'
import type { ExitReason } from '../exit.js'

/** How a message came: with a caller that waits (`call`), one-way (`cast`), as any other message (`info`), or as the server's own next step. */
export type MessageKind = 'call' | 'cast' | 'info' | 'continue'

/** What is asked of the server itself rather than of its callbacks, in its turn among the messages. */
export type SystemRequest =
  | { readonly type: 'stop'; readonly reason: ExitReason }
  | { readonly type: 'codeChange'; readonly from: number; readonly extra: unknown }

/** A message on its way: what it says, who waits for it, and the async context it was sent in. */
export class Envelope extends AsyncResource implements Expiring {
  expiresAt = 0
  previous: Expiring | undefined = undefined
  following: Expiring | undefined = undefined
  lane: Lane | undefined = undefined
  /** Set once a handler asked for `ctx.from`, or answered nothing yet. */
  id: string | undefined = undefined
  settled = false
  timeout = Infinity
  forget: (() => void) | undefined = undefined

  private resolve: ((value: unknown) => void) | undefined = undefined
  private reject: ((error: unknown) => void) | undefined = undefined

  constructor(
    readonly server: string,
    readonly kind: MessageKind,
    readonly name: string,
    readonly payload: unknown,
    /** The one life it was sent to, if not to the server. */
    readonly life: number | undefined = undefined,
    readonly system: SystemRequest | undefined = undefined,
  ) {
    // The context of the sender reaches the handler; destroyed by hand, for the garbage collector's hook is expensive.
    super('PeeperMessage', { requireManualDestroy: true })
  }

  /** The promise of the answer. */
  answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** Does somebody wait for an answer? */
  get awaited(): boolean {
    return this.resolve !== undefined
  }

  succeed(value: unknown): void {
    if (this.close()) this.resolve?.(value)
  }

  fail(error: unknown): void {
    if (this.close()) this.reject?.(error)
  }

  expire(): void {
    this.fail(new CallTimeoutError(this.server, this.name, this.timeout))
  }

  private close(): boolean {
    if (this.settled) return false
    this.settled = true
    this.lane?.remove(this)
    this.forget?.()
    return true
  }
}
