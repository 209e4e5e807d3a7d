import { AsyncResource } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from './clock.js'
import { Data } from './data/data.js'
import { Deadlines } from './deadlines.js'
import { NoSuchServerError } from './errors.js'
import type { DeadLetter, PeeperEvent } from './events.js'
import { Intake } from './intake.js'
import { Isolation, type IsolationOptions } from './isolation/isolation.js'
import type { Keeper } from './keeper/keeper.js'
import { Family } from './keyed/family.js'
import type { FamilyOptions } from './keyed/settings.js'
import { Keepers } from './keeper/keepers.js'
import { memoryKeeper } from './keeper/memory-keeper.js'
import { DeadLetters, DEAD_LETTERS } from './listener/dead-letters.js'
import { Events } from './listener/events.js'
import type { Listener } from './listener/listener.js'
import type { Observable } from './listener/observable.js'
import { Delivery } from './mailbox/delivery.js'
import type { Envelope } from './mailbox/envelope.js'
import { Registry } from './registry.js'
import { Alarm, type ReminderOptions } from './alarm.js'
import { Blueprints } from './server/blueprints.js'
import { Bonds } from './server/bonds.js'
import type { CrashInjector, Environment } from './server/environment.js'
import { exemplars } from './server/exemplars.js'
import { Server } from './server/server.js'
import type { ServerDefaults, ServerOptions } from './server/settings.js'
import { WaitGraph } from './wait-graph.js'
import type { From } from './worker/worker.js'

/** The defaults of an engine's servers, and where time, storage and observers come from. */
export interface SurroundingsOptions extends ServerDefaults {
  /** Default: `memoryKeeper()`. */
  readonly keeper?: Keeper
  /** More keepers, by the names that servers ask for them: `{ keeper: 'archive' }`. */
  readonly keepers?: Readonly<Record<string, Keeper>>
  /** Default: the process's own time. */
  readonly clock?: Clock
  /** Told of every server. */
  readonly listener?: Listener | readonly Listener[]
  /** Hears each event first, as a logger does. */
  readonly onEvent?: (event: PeeperEvent) => void
  /** How servers that are not in memory are woken for their reminders. */
  readonly reminders?: ReminderOptions
  /** Where isolated servers run. */
  readonly isolation?: IsolationOptions
  /** Throws where a test wants a crash; see `crashInjector` of `nestjs-peeper/testing`. */
  readonly injectCrash?: CrashInjector
}

/** What the servers of one engine share. */
export class Surroundings implements Environment {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly keepers: Keepers
  readonly blueprints: Blueprints
  readonly listeners: readonly Listener[]
  readonly injectCrash: CrashInjector | undefined
  readonly intake = new Intake()
  readonly registry = new Registry()
  readonly events: Events
  readonly deadLetters: DeadLetters
  readonly bonds = new Bonds(address => this.registry.at(address)?.home.life)
  readonly waiting = new WaitGraph()
  readonly alarm: Alarm
  readonly isolation: Isolation
  readonly exemplars = exemplars
  private readonly delivery = new Delivery()
  private readonly origin = new AsyncResource('Peeper', { requireManualDestroy: true })
  private readonly id = randomUUID().slice(0, 8)
  private tokens = 0

  constructor(options: SurroundingsOptions) {
    const {
      clock = systemClock,
      listener = [],
      keepers,
      onEvent,
      injectCrash,
      reminders = {},
      isolation,
      ...defaults
    } = options
    this.clock = clock
    this.deadlines = new Deadlines(clock)
    this.alarm = new Alarm(
      clock,
      reminders,
      ({ name, key }, keeper) => this.registry.family(name)?.wake(key, keeper) ?? 'unknown',
      error => {
        this.emit({ type: 'error', server: '', where: 'due of a keeper', error })
      },
    )
    this.isolation = new Isolation(isolation, {
      resolve: address => this.registry.resolve(address),
      post: (...message) => {
        this.post(...message)
      },
      apart: work => this.apart(work),
      report: (where, error) => {
        this.emit({ type: 'error', server: '', where, error })
      },
    })
    this.keepers = new Keepers(defaults.keeper ?? memoryKeeper(), keepers)
    this.blueprints = new Blueprints(defaults)
    this.listeners = [listener].flat()
    this.injectCrash = injectCrash
    this.events = new Events(onEvent)
    this.deadLetters = new DeadLetters(
      error => {
        this.emit({ type: 'error', server: '', where: 'subscriber of deadLetters$', error })
      },
      ({ server }) => {
        this.emit({ type: 'overload', server, what: 'dead letters', limit: DEAD_LETTERS })
      },
    )
  }

  /** Makes a server known. */
  declare(options: ServerOptions): Server {
    const server = new Server(this, options)
    this.registry.add(server)
    return server
  }

  /** Makes many servers of one name known. */
  declareFamily(options: FamilyOptions): Family {
    const family = new Family(this, options)
    this.registry.addFamily(family)
    return family
  }

  nextId(): string {
    return `${this.id}.${(this.tokens += 1)}`
  }

  deliver(envelope: Envelope): void {
    this.delivery.deliver(envelope)
  }

  apart<R>(work: () => R): R {
    return this.origin.runInAsyncScope(work)
  }

  get isWatched(): boolean {
    return this.events.areWatched
  }

  emit(event: PeeperEvent): void {
    this.events.emit(event)
  }

  eventsOf(address: string): Observable<PeeperEvent> {
    return this.events.of(address)
  }

  /** Sends by name. What names no server is a dead letter. */
  post(name: string, kind: 'cast' | 'info', message: string, payload: unknown): void {
    try {
      const ref = this.registry.resolve(name)
      if (kind === 'cast') ref.cast(message, payload)
      else ref.send(message, payload)
    } catch (reason) {
      if (!(reason instanceof NoSuchServerError)) throw reason
      this.deadLetter({ server: name, kind, message, payload: new Data().copy(payload), reason })
    }
  }

  deadLetter(letter: DeadLetter): void {
    this.deadLetters.add(letter)
  }

  answer(from: From, value: unknown): void {
    this.registry.at(from.server)?.home.answer(from, value)
  }

  forget(address: string): void {
    this.registry.remove(address)
  }
}
