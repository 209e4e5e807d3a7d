import type { Clock } from '../clock.js'
import type { Deadlines } from '../deadlines.js'
import type { DeadLetter, PeeperEvent } from '../events.js'
import type { Keeper } from '../keeper/keeper.js'
import type { Listener } from '../listener/listener.js'
import type { Envelope } from '../mailbox/envelope.js'
import type { From } from '../worker/worker.js'

/** The places of a turn where a test can ask for a crash. */
export type CrashPoint = 'before-handling' | 'before-commit' | 'before-reply'

/** Throws where a crash is wanted. */
export type CrashInjector = (server: string, point: CrashPoint, message: string) => void

/** What a server finds in its engine. */
export interface Environment {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly keeper: Keeper
  /** Told of every server. */
  readonly listeners: readonly Listener[]
  readonly injectCrash: CrashInjector | undefined
  /** A token unlike any other, here or in another process. */
  nextId(): string
  emit(event: PeeperEvent): void
  deadLetter(letter: DeadLetter): void
  /** Answers a deferred caller, wherever it waits. */
  answer(from: From, value: unknown): void
  /** Is a message sent here and now to be refused, for the engine closes and it descends from none that was accepted? */
  refusesOutsiders(): boolean
  /** Runs a message's work in its sender's context. */
  inside<S, T, R>(envelope: Envelope, work: (self: S, arg: T) => R, self: S, arg: T): R
  /** Its branch has ended, and with it its name. */
  forget(address: string): void
}
