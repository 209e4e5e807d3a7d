import { AsyncResource } from 'node:async_hooks'
import type { Expiring, Lane } from '../deadlines.js'
import { CallTimeoutError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import type { Due, ReminderTick } from '../reminders/reminder.js'
import type { Request } from '../requests/requests.js'
import type { Callers } from './callers.js'

/** How a message came: with a caller that waits (`call`), one-way (`cast`), as any other message (`info`), or as the server's own next step. */
export type MessageKind = 'call' | 'cast' | 'info' | 'continue'

/** Upgrade the state, written by `from`, to this version. */
export interface CodeChange {
  readonly type: 'codeChange'
  readonly from: number
  readonly extra: unknown
}

/** Give this reply, which came by no handler of this server, to the caller of this token: once it is remembered. */
export interface LateReply {
  readonly type: 'reply'
  readonly id: string
  readonly value: unknown
}

/**
 * What is asked of the server itself rather than of its callbacks, in its turn among the messages. `wake`: a reminder is due; in its turn it becomes
 * the `reminder` that its handler gets.
 */
export type SystemRequest =
  | CodeChange
  | LateReply
  | { readonly type: 'stop'; readonly reason: ExitReason }
  | { readonly type: 'wake' }
  | { readonly type: 'reminder'; readonly due: Due }

/** Where a message goes. */
export interface Addressee {
  readonly address: string
  readonly callers: Callers
  /** A token that no other caller has, here or in another process. */
  nextId(): string
  /** A caller of {@link callers} waits no more. */
  answered(id: string): void
  /** It is there: it waits in the mailbox now. */
  arrived(envelope: Envelope): void
}

/** A caller whose token was given out. */
interface Known {
  readonly id: string
  /** Does it wait for a deferred reply? */
  deferred: boolean
  /** The reply that came before it did. */
  early: { readonly value: unknown } | undefined
}

/** Never destroyed by hand, nor by the garbage collector, whose hook would be expensive. */
const MANUAL = { requireManualDestroy: true }

/** A message on its way: what it says, who waits for it, and the async context it was sent in. */
export class Envelope implements Expiring {
  /** The message behind it in the mailbox; behind the last, the first. */
  behind: Envelope | undefined = undefined
  expiresAt: number | undefined = undefined
  previous: Expiring | undefined = undefined
  following: Expiring | undefined = undefined
  lane: Lane | undefined = undefined
  /** Ends the caller's interest in its signal. */
  unlisten: (() => void) | undefined = undefined
  /** It is not to run twice. */
  request: Request | undefined = undefined

  private context: AsyncResource | undefined = undefined
  private known: Known | undefined = undefined
  private settled = false
  private resolve: ((value: unknown) => void) | undefined = undefined
  private reject: ((error: unknown) => void) | undefined = undefined

  constructor(
    readonly to: Addressee,
    readonly kind: MessageKind,
    readonly name: string,
    readonly payload: unknown,
    /** The one life it was sent to, if not to the server. */
    readonly life?: number,
    readonly system?: SystemRequest,
  ) {}

  /**
   * It has to wait: the context of its sender, in which this is called, is kept for its handler. A message that is handled right where it
   * arrives is in that context anyway, and costs less.
   */
  keepContext(): this {
    this.context ??= new AsyncResource('PeeperMessage', MANUAL)
    return this
  }

  /** Runs this in the context of its sender. */
  inside<S, T>(work: (self: S, arg: T) => void, self: S, arg: T): void {
    if (this.context === undefined) work(self, arg)
    else this.context.runInAsyncScope(work, undefined, self, arg)
  }

  /** `call 'add'`: for errors and events, which never show a payload. */
  get label(): string {
    return `${this.kind} '${this.name}'`
  }

  /** Which tick of a reminder it is. */
  get reminder(): ReminderTick | undefined {
    return this.system?.type === 'reminder' ? this.system.due.tick : undefined
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

  /** Has its caller an answer? */
  get isSettled(): boolean {
    return this.settled
  }

  /** Does it wait in a mailbox? There each message has one behind it, the last the first. */
  get isQueued(): boolean {
    return this.behind !== undefined
  }

  /** Was its answer put off to a later handler? */
  get isDeferred(): boolean {
    return this.known?.deferred === true
  }

  /** The caller's token, made when it is asked for: with this id, or a new one. `undefined` when nobody waits. */
  from(id?: string): { server: string; id: string } | undefined {
    if (!this.awaited) return undefined
    this.known ??= this.becomeKnown(id)
    return { server: this.to.address, id: this.known.id }
  }

  /** From now on the caller waits for a deferred reply; if one has come already, it has waited for this. */
  defer(): void {
    const { caller } = this
    caller.deferred = true
    if (caller.early !== undefined) this.succeed(caller.early.value)
  }

  /** The deferred reply: held back until the handler that defers is committed, for it may still crash. */
  answerLater(value: unknown): void {
    const { caller } = this
    if (caller.deferred) this.succeed(value)
    else caller.early ??= { value }
  }

  succeed(value: unknown): void {
    if (this.close()) this.resolve?.(value)
  }

  fail(error: unknown): void {
    if (this.close()) this.reject?.(error)
  }

  expire(timeout: number): void {
    this.fail(new CallTimeoutError(this.to.address, this.name, timeout))
  }

  private get caller(): Known {
    return (this.known ??= this.becomeKnown())
  }

  private becomeKnown(id = this.to.nextId()): Known {
    if (!this.settled) this.to.callers.add(id, this)
    return { id, deferred: false, early: undefined }
  }

  private close(): boolean {
    if (this.settled) return false
    this.settled = true
    this.lane?.remove(this)
    this.unlisten?.()
    if (this.known !== undefined) this.to.answered(this.known.id)
    return true
  }
}
