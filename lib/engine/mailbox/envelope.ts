import { AsyncResource } from 'node:async_hooks'
import type { Expiring, Lane } from '../deadlines.js'
import { CallTimeoutError } from '../errors.js'
import type { ExitReason } from '../exit.js'

/** How a message came: with a caller that waits (`call`), one-way (`cast`), as any other message (`info`), or as the server's own next step. */
export type MessageKind = 'call' | 'cast' | 'info' | 'continue'

/** Upgrade the state, written by `from`, to this version. */
export interface CodeChange {
  readonly type: 'codeChange'
  readonly from: number
  readonly extra: unknown
}

/** What is asked of the server itself rather than of its callbacks, in its turn among the messages. */
export type SystemRequest = CodeChange | { readonly type: 'stop'; readonly reason: ExitReason }

/** Where a message goes. */
export interface Addressee {
  readonly address: string
  /** A token that no other caller has, here or in another process. */
  nextId(): string
}

/** A message on its way: what it says, who waits for it, and the async context it was sent in. */
export class Envelope extends AsyncResource implements Expiring {
  expiresAt = 0
  previous: Expiring | undefined = undefined
  following: Expiring | undefined = undefined
  lane: Lane | undefined = undefined
  timeout = Infinity
  /** Where its token is known, once a handler has asked for it. */
  knownIn: Map<string, Envelope> | undefined = undefined
  /** Ends the caller's interest in its signal. */
  unlisten: (() => void) | undefined = undefined

  private id: string | undefined = undefined
  private deferred = false
  private early: { readonly value: unknown } | undefined = undefined
  private settled = false
  private resolve: ((value: unknown) => void) | undefined = undefined
  private reject: ((error: unknown) => void) | undefined = undefined

  constructor(
    private readonly to: Addressee,
    readonly kind: MessageKind,
    readonly name: string,
    readonly payload: unknown,
    /** The one life it was sent to, if not to the server. */
    readonly life?: number,
    readonly system?: SystemRequest,
  ) {
    // The sender's context reaches the handler. Never destroyed: the garbage collector's hook would be expensive.
    super('PeeperMessage', { requireManualDestroy: true })
  }

  /** `call 'add'`: for errors and events, which never show a payload. */
  get label(): string {
    return `${this.kind} '${this.name}'`
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

  /** The caller's token; `undefined` when nobody waits. */
  from(): { server: string; id: string } | undefined {
    return this.awaited ? { server: this.to.address, id: (this.id ??= this.becomeKnown()) } : undefined
  }

  /** From now on the caller waits for a deferred reply; if one has come already, it has waited for this. */
  defer(): void {
    this.deferred = true
    this.from()
    if (this.early !== undefined) this.succeed(this.early.value)
  }

  /** The deferred reply: held back until the handler that defers is committed, for it may still crash. */
  answerLater(value: unknown): void {
    if (this.deferred) this.succeed(value)
    else this.early ??= { value }
  }

  succeed(value: unknown): void {
    if (this.close()) this.resolve?.(value)
  }

  fail(error: unknown): void {
    if (this.close()) this.reject?.(error)
  }

  expire(): void {
    this.fail(new CallTimeoutError(this.to.address, this.name, this.timeout))
  }

  private becomeKnown(): string {
    const id = this.to.nextId()
    if (!this.settled) this.knownIn?.set(id, this)
    return id
  }

  private close(): boolean {
    if (this.settled) return false
    this.settled = true
    this.lane?.remove(this)
    this.unlisten?.()
    if (this.id !== undefined) this.knownIn?.delete(this.id)
    return true
  }
}
