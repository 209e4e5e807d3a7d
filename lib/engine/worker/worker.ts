import type { ExitReason } from '../exit.js'
import type { MessageKind } from '../mailbox/envelope.js'
import type { Mailbox } from '../mailbox/mailbox.js'
import type { Directive } from '../outcome.js'
import type { ReminderTick } from '../reminders/reminder.js'
import type { Writes } from '../tables/table-write.js'
import type { Effects } from './effects.js'

/**
 * A plain token for the caller of a message: it may be kept in the state, sent on, and answered later by `ctx.reply(from, value)`.
 * GenServer's `from`.
 */
export interface From {
  readonly server: string
  readonly id: string
}

/** A message, as a worker gets it. */
export interface Message {
  readonly kind: MessageKind
  readonly name: string
  readonly payload: unknown
  /** Which tick of a reminder it is, if it is one. */
  readonly reminder?: ReminderTick | undefined
  /** Does a caller wait for an answer? */
  readonly awaited: boolean
  /** The token of its caller, made when it is asked for: with this id, or a new one. */
  from(id?: string): From | undefined
  /** Runs this in the async context that it was sent in. */
  inside?<S, T>(work: (self: S, arg: T) => void, self: S, arg: T): void
}

/** What became of a message: the checked outcome and the next state. Nothing of it is in effect until it is committed. */
export interface Completion {
  /** The next kept state: the very same object when nothing changed. */
  readonly state: unknown
  /** `later`: the caller of a call waits for a deferred reply. */
  readonly answer: 'reply' | 'later' | 'refuse'
  /** The reply, or the error it is refused with. */
  readonly value: unknown
  readonly directive: Directive | undefined
  readonly stop: ExitReason | undefined
  readonly effects: Effects | undefined
  /** What it wrote to tables and the dictionary; `undefined` if nothing. */
  readonly writes: Writes | undefined
}

/**
 * One life of a server: `(message, state) → completion, or a crash`. It holds no mailbox and no state of its own between messages, so one
 * message can be run on any given state. Inline here; elsewhere in a thread or a process.
 */
export interface Worker {
  /** Resolves when it is there to be told something; `undefined` if it is. */
  readonly there?: Promise<void> | undefined
  /** The first state, kept (`arg` is kept too); throws or rejects when `init` does. */
  init(arg: unknown, restart: boolean): Completion | Promise<Completion>
  /** Runs one message; throws or rejects: a crash. */
  run(message: Message, state: unknown): Completion | Promise<Completion>
  /** It may look at the messages that wait, to handle them before it is told to run them. */
  foresee?(mailbox: Mailbox): void
  /** It is to handle nothing that it is not told to run. Resolves when it has told what it has handled; `undefined` if it has nothing to tell. */
  halt?(): Promise<void> | undefined
  /**
   * Resolves when what it had put off until commits has run, and after {@link exit} when it has told which messages it has begun before it was told to run
   * them; `undefined` if it has.
   */
  readonly told?: Promise<void> | undefined
  /** Those messages; before it has told, all that it may have begun. `undefined` if none. */
  readonly begun?: ReadonlySet<Message> | undefined
  /** The message that it was told to run, if it has not begun it. */
  readonly dropped?: Message | undefined
  /** Upgrades a state of an older version to the one of the callbacks; throws or rejects when it cannot. */
  codeChange(state: unknown, fromVersion: number, extra: unknown): Completion | Promise<Completion>
  /** Ends this life: its `ctx` throws from now on, its draft is gone, its signal aborts. */
  exit(reason: ExitReason): void
  /** After {@link exit}: the last words, with the last committed state. */
  terminate(state: unknown, reason: ExitReason): void | Promise<void>
  /** At the very end: frees what this life held. */
  dispose(): void
}
