import type { ExitReason } from './exit.js'
import type { MessageKind } from './mailbox/envelope.js'

/** Something that happened to a server. Names only: never a payload, never a state. */
export type PeeperEvent =
  | { readonly type: 'started'; readonly server: string; readonly worker: number; readonly restarts: number }
  /** A life ended by a crash. The one report of it. */
  | {
      readonly type: 'crashed'
      readonly server: string
      readonly worker: number
      /** What it was handling: `call 'add'`; `undefined` when it was idle. */
      readonly message: string | undefined
      readonly reason: ExitReason
      readonly restartsLeft: number
      /** It was to tell a reminder, and another owner of the server was first: no restart is spent on it, and nothing is lost. */
      readonly toldElsewhere?: true
    }
  /** A life ended as it should. */
  | { readonly type: 'exited'; readonly server: string; readonly worker: number; readonly reason: ExitReason }
  /** The server ended for good, until it is started again. */
  | { readonly type: 'stopped'; readonly server: string; readonly reason: ExitReason }
  /** One of many was idle, or had to make room, and left memory. Its state is kept; its next message brings it back. */
  | { readonly type: 'passivated'; readonly server: string; readonly worker: number }
  /** The server gave up: its restart budget is spent, or it cannot initialise. */
  | { readonly type: 'down'; readonly server: string; readonly reason: ExitReason }
  /** A named supervisor runs, and all its children have started. `server` is its name: the two share one namespace. */
  | { readonly type: 'supervisor-started'; readonly server: string }
  /** A named supervisor was ended with its children, or ended itself as it should (`autoShutdown`). */
  | { readonly type: 'supervisor-stopped'; readonly server: string; readonly reason: ExitReason }
  /** A named supervisor gave up and ended its children: its parent hears of it next, and may restart it. */
  | { readonly type: 'supervisor-down'; readonly server: string; readonly reason: ExitReason }
  /** A server is under another supervisor from now on. Nothing of it was restarted. */
  | { readonly type: 'moved'; readonly server: string; readonly from: string; readonly to: string }
  | {
      readonly type: 'init-failed'
      readonly server: string
      readonly attempt: number
      readonly reason: unknown
      /** ms to the next try; `undefined` when there is none. */
      readonly retryIn: number | undefined
      /** It failed because the store did not answer, which is waited for: see `'store-lost'`. */
      readonly awaits?: 'store'
    }
  /** The store does not answer, or takes no change: what the server is sent waits, and the store is asked again and again. Told once. */
  | { readonly type: 'store-lost'; readonly server: string; readonly reason: unknown }
  /** The store does again what it had failed at. */
  | { readonly type: 'store-back'; readonly server: string }
  /** Only of servers that write behind: so many messages were answered, and what they changed is not kept, or not known to be. */
  | ({ readonly type: 'replies-lost'; readonly server: string } & LostReplies)
  /** Something is full: what came too much was refused or dropped, as documented. */
  | {
      readonly type: 'overload'
      readonly server: string
      readonly what: 'mailbox' | 'listener' | 'dead letters' | 'residents'
      readonly limit: number
    }
  /** An error that harms nobody: in a listener, a subscriber, terminate, formatStatus, a disposer, work left behind. */
  | { readonly type: 'error'; readonly server: string; readonly where: string; readonly error: unknown }
  /** Only of servers with `debug`. */
  | {
      readonly type: 'trace'
      readonly server: string
      readonly worker: number
      readonly message: string
      readonly outcome: 'reply' | 'noreply' | 'refuse' | 'stop'
      readonly revision: number
    }

/** What was answered before it was kept, and is not, as far as is known. */
export interface LostReplies {
  /** How many messages that changed something were answered. */
  readonly messages: number
  /** The revisions of their changes. */
  readonly from: number
  readonly to: number
  /** Is it stored all the same, perhaps? */
  readonly mayHaveHappened: boolean
  readonly reason: unknown
}

/** A message that nobody handled, or whose outcome nobody will hear of. */
export interface DeadLetter {
  readonly server: string
  readonly kind: MessageKind
  readonly message: string
  readonly payload: unknown
  /** Why: an error of this library, or what the message was refused with. */
  readonly reason: unknown
}
