import type { Data } from '../data/data.js'
import { ServerDownError, ServerStoppedError } from '../errors.js'
import type { PeeperEvent } from '../events.js'
import type { ExitReason } from '../exit.js'
import { addressOf, type Identity } from '../identity.js'
import { INLINE } from '../isolation/level.js'
import { Commits } from '../keeper/commits.js'
import type { Owner } from '../keeper/completed.js'
import { WriteBehind } from '../keeper/write-behind.js'
import type { Stage } from '../listener/audience.js'
import { Listeners } from '../listener/listeners.js'
import { Callers } from '../mailbox/callers.js'
import { type Envelope, type Addressee } from '../mailbox/envelope.js'
import { Mailbox } from '../mailbox/mailbox.js'
import type { Ref } from '../ref.js'
import { Waiters } from '../waiters.js'
import { handlerFor } from '../worker/callbacks.js'
import { InlineWorker } from '../worker/inline-worker.js'
import type { Program } from '../worker/program.js'
import type { Birth } from '../worker/life.js'
import type { From, Worker } from '../worker/worker.js'
import { Branch } from './branch.js'
import type { CrashInjector, Environment } from './environment.js'
import { firstStateOf } from './first-state.js'
import { fullMailbox, unknownMessage } from './gate.js'
import type { Incarnation } from './incarnation.js'
import type { Memoranda } from './memoranda.js'
import type { Residence } from './residence.js'
import { undeliver } from './undelivered.js'
import type { ServerOptions, Settings } from './settings.js'

/** Where a server stands. */
export type ServerStatus = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'down'

/** All of a server that outlives its lives: mailbox, keeper, listeners. */
export class Home implements Addressee, Owner, Stage {
  readonly identity: Identity
  readonly address: string
  readonly settings: Settings
  readonly mailbox = new Mailbox()
  readonly commits: Commits
  readonly listeners: Listeners
  readonly program: Program
  status: ServerStatus = 'new'
  life: Incarnation | undefined = undefined
  /** Of a server that remembers requests or has reminders. */
  memoranda: Memoranda | undefined = undefined
  readonly branch = new Branch(this)
  firstState: unknown = undefined
  /** Does somebody wait for it to start? One of many comes by itself. */
  isAwaited: boolean
  /** Why the last life ended, or the server. */
  cause: ExitReason | undefined = undefined
  /** Messages handled since sockets and timers last had their turn. */
  runLength = 0

  private askedLater: Callers | undefined = undefined
  private waitingForIdle: Waiters | undefined = undefined
  private waitingForEnd: Waiters | undefined = undefined

  constructor(
    readonly environment: Environment,
    /** What it was declared with. */
    readonly options: ServerOptions,
    readonly self: Ref,
    /** Of one of many. */
    readonly residence: Residence | undefined,
  ) {
    const { settings, program } = residence?.blueprint ?? environment.blueprints.of(options)
    this.settings = settings
    this.program = program
    this.identity =
      residence === undefined ? { name: options.name } : { name: options.name, key: residence.key }
    this.address = addressOf(this.identity)
    this.isAwaited = residence === undefined
    if (settings.isolation !== INLINE) environment.isolation.check(this.address, settings.isolation)
    const Keeping = settings.writesBehind ? WriteBehind : Commits
    this.commits = new Keeping(environment.keepers.of(options), this)
    const all = environment.listeners
    this.listeners = new Listeners(
      all.length === 0 ? settings.listeners : [...settings.listeners, ...all],
      this,
    )
    this.firstState = firstStateOf(options.state, this.data, this.address)
  }

  get data(): Data {
    return this.program.data
  }

  get clock(): Environment['clock'] {
    return this.environment.clock
  }

  get limits(): Environment['deadlines'] {
    return this.environment.deadlines
  }

  /** Those whose answer comes later. */
  get callers(): Callers {
    return (this.askedLater ??= new Callers())
  }

  // ---- messages come in

  /** Do as many messages wait as may? */
  get isFull(): boolean {
    return this.mailbox.size >= this.settings.mailboxLimit
  }

  /** Takes a message of the server's own: a timer, an idle timeout. */
  deliver(envelope: Envelope): void {
    const { kind, name } = envelope
    if (envelope.system === undefined && handlerFor(this.program.tables[kind], name) === undefined)
      this.deadLetter(envelope, unknownMessage(this, kind, name))
    else if (!this.isFull || envelope.system !== undefined) this.environment.deliver(envelope)
    else this.deadLetter(envelope, fullMailbox(this, name))
    this.residence?.reconsider()
  }

  arrived(envelope: Envelope): void {
    this.mailbox.put(envelope)
    if (this.residence !== undefined) this.residence.arrived()
    if (this.life?.wake() !== true) envelope.keepContext()
  }

  /** A caller whose token was given out waits no more. */
  answered(id: string): void {
    this.callers.remove(id)
    this.residence?.reconsider()
  }

  // ---- what a life asks of its server

  nextId(): string {
    return this.environment.nextId()
  }

  createWorker(birth: Birth): Worker {
    const { isolation } = this.settings
    return isolation === INLINE
      ? new InlineWorker(this.program, birth)
      : this.environment.isolation.worker(this.program, birth, isolation)
  }

  /** Throws where a test wants a crash. */
  get injectCrash(): CrashInjector | undefined {
    return this.environment.injectCrash
  }

  inside<S, T>(envelope: Envelope, work: (self: S, arg: T) => void, self: S, arg: T): void {
    const { intake, waiting } = this.environment
    if (!waiting.isOn) intake.inside(envelope, work, self, arg)
    else
      intake.inside(
        envelope,
        () => {
          waiting.apart(work, self, arg)
        },
        undefined,
        undefined,
      )
  }

  /** Runs what no sender asked for, in no sender's context: `init`, `terminate`, idle timeouts. */
  apart<R>(work: () => R): R {
    return this.environment.apart(work)
  }

  /** Does anybody hear of events? What happens all the time is told only then. */
  get isWatched(): boolean {
    return this.environment.isWatched
  }

  emit(event: PeeperEvent): void {
    this.environment.emit(event)
  }

  report(where: string, error: unknown): void {
    this.emit({ type: 'error', server: this.address, where, error })
  }

  overloaded(limit: number): void {
    this.emit({ type: 'overload', server: this.address, what: 'listener', limit })
  }

  deadLetter({ kind, name, payload }: Envelope, reason: unknown): void {
    this.environment.deadLetter({ server: this.address, kind, message: name, payload, reason })
  }

  answer(from: From, value: unknown): void {
    if (from.server !== this.address) this.environment.answer(from, value)
    else if (this.memoranda?.putsOff(from.id, value) !== true) this.callers.answer(from.id, value)
  }

  /** All before it has been served: the server ends for good. */
  retire(reason: ExitReason): void {
    this.residence?.retires()
    this.branch.end(reason)
  }

  // ---- those who wait for it

  get hasEnded(): boolean {
    return this.status === 'stopped' || this.status === 'down'
  }

  /** Is the engine it belongs to coming to its end? */
  get isClosing(): boolean {
    return !this.environment.intake.isOpen
  }

  /** Why it ended, if it has. */
  get endReason(): ExitReason {
    return this.cause ?? 'shutdown'
  }

  /** Nothing waits, nothing runs, nothing is on its way to the keeper or still to be told; or the server has ended. */
  get isDrained(): boolean {
    if (this.hasEnded || this.status === 'new') return true
    if (this.isClosing && this.awaitsStore) return true // nothing of it can be served
    return this.life?.isIdle === true && this.commits.pending === 0 && this.life.worker?.told === undefined
  }

  /** Is its next life kept waiting by the store? */
  get awaitsStore(): boolean {
    return this.life?.awaitsStore === true
  }

  drained(): Promise<void> {
    if (this.isDrained) return Promise.resolve()
    const idle = (this.waitingForIdle ??= new Waiters()).wait()
    if (this.life?.isIdle === true) this.becameIdle() // only that is on its way
    return idle
  }

  becameIdle(): void {
    if (this.residence !== undefined) this.residence.reconsider()
    if (this.waitingForIdle?.any !== true) return
    const onItsWay = this.commits.idle() ?? this.life?.worker?.told
    if (onItsWay !== undefined)
      void onItsWay.then(() => {
        this.becameIdle()
      })
    else if (this.isDrained) this.waitingForIdle.release()
  }

  /** It waits for its store: who closes does not wait for it. */
  beginsWaiting(): void {
    if (this.isClosing) this.waitingForIdle?.release()
  }

  ended(): Promise<void> {
    return this.hasEnded ? Promise.resolve() : (this.waitingForEnd ??= new Waiters()).wait()
  }

  /** Nobody is left to give them their deferred replies. */
  failCallers(error: (message: string) => Error): void {
    this.askedLater?.fail(error)
  }

  /** Does somebody wait for a deferred reply? */
  get owesReplies(): boolean {
    return this.askedLater?.any === true
  }

  /** Its branch has ended, and nothing more is served: whoever waits is told. Unless it is one of many, and to come again. */
  close(status: 'stopped' | 'down', reason: ExitReason): void {
    this.cause = reason
    if (this.residence?.leaves(status, reason) === true) return
    this.status = status
    this.residence?.closed()
    const Ended = status === 'down' ? ServerDownError : ServerStoppedError
    undeliver(
      this,
      () => true,
      () => new Ended(this.address, reason),
    )
    this.life = undefined // a server that has ended stays known, and holds little
    this.release()
    if (this.isWatched) this.emit({ type: status, server: this.address, reason }) // who hears of it may start it again
  }

  /** Who waits for its end, or for it to be drained, need wait no more. */
  release(): void {
    this.waitingForIdle?.release()
    this.waitingForEnd?.release()
  }
}
