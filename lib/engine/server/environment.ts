import type { Isolation } from '../isolation/isolation.js'
import type { Clock } from '../clock.js'
import type { Deadlines } from '../deadlines.js'
import type { DeadLetter, PeeperEvent } from '../events.js'
import type { Intake } from '../intake.js'
import type { Keepers } from '../keeper/keepers.js'
import type { Listener } from '../listener/listener.js'
import type { Observable } from '../listener/observable.js'
import type { Alarm } from '../alarm.js'
import type { Envelope } from '../mailbox/envelope.js'
import type { WaitGraph } from '../wait-graph.js'
import type { From } from '../worker/worker.js'
import type { Blueprints } from './blueprints.js'
import type { Bonds } from './bonds.js'

/** The places of a turn where a test can ask for a crash. */
export type CrashPoint = 'before-handling' | 'before-commit' | 'before-reply'

/** Throws where a crash is wanted. */
export type CrashInjector = (server: string, point: CrashPoint, message: string) => void

/** What a server finds in its engine. */
export interface Environment {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly keepers: Keepers
  readonly blueprints: Blueprints
  /** Told of every server. */
  readonly listeners: readonly Listener[]
  readonly intake: Intake
  readonly injectCrash: CrashInjector | undefined
  readonly bonds: Bonds
  readonly waiting: WaitGraph
  readonly alarm: Alarm
  readonly isolation: Isolation
  /** Runs this in the async context that the engine was made in. */
  apart<R>(work: () => R): R
  /** A token unlike any other, here or in another process. */
  nextId(): string
  /** Brings a message to its server's mailbox. */
  deliver(envelope: Envelope): void
  /** Does anybody hear of events? */
  readonly isWatched: boolean
  emit(event: PeeperEvent): void
  /** The events of one server. */
  eventsOf(address: string): Observable<PeeperEvent>
  deadLetter(letter: DeadLetter): void
  /** Answers a deferred caller, wherever it waits. */
  answer(from: From, value: unknown): void
  /** Its branch has ended, and with it its name. */
  forget(address: string): void
}
