import { AsyncResource } from 'node:async_hooks'
import type { Child, Exited, Shutdown } from '../child-spec.js'
import { Data } from '../data/data.js'
import { ServerDownError, ServerExitedError, ServerStoppedError } from '../errors.js'
import type { PeeperEvent } from '../events.js'
import { crashOf, isExpected, type ExitReason } from '../exit.js'
import { addressOf } from '../identity.js'
import { Commits } from '../keeper/commits.js'
import { Listeners } from '../listener/listeners.js'
import { type Envelope, type Addressee } from '../mailbox/envelope.js'
import { Mailbox } from '../mailbox/mailbox.js'
import type { Ref } from '../ref.js'
import type { ChildExit } from '../supervisor/supervision.js'
import { Supervisor } from '../supervisor/supervisor.js'
import { Waiters } from '../waiters.js'
import { handlerFor, handlerTables } from '../worker/callbacks.js'
import { InlineWorker, type Program } from '../worker/inline-worker.js'
import type { Birth } from '../worker/life.js'
import type { From, Worker } from '../worker/worker.js'
import type { CrashPoint, Environment } from './environment.js'
import { firstStateOf } from './first-state.js'
import { fullMailbox, unknownMessage } from './gate.js'
import { Incarnation } from './incarnation.js'
import { undeliver } from './undelivered.js'
import { settingsOf, type ServerOptions, type Settings } from './settings.js'

/** Where a server stands. */
export type ServerStatus = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'down'

/** All of a server that outlives its lives: mailbox, keeper, listeners, and the branch of the tree that restarts its worker. */
export class Home implements Addressee, Child {
  readonly name: string
  readonly key: string | undefined = undefined
  readonly address: string
  readonly settings: Settings
  readonly mailbox: Mailbox
  readonly commits: Commits
  readonly listeners: Listeners
  readonly data: Data
  readonly program: Program
  status: ServerStatus = 'new'
  life: Incarnation | undefined = undefined
  branch: Supervisor | undefined = undefined
  firstState: unknown = undefined
  /** Why the last life ended, or the server. */
  cause: ExitReason | undefined = undefined
  /** Messages handled since sockets and timers last had their turn. */
  runLength = 0

  /** A context of its own, for what no sender asked for: `init`, `terminate`, idle timeouts. */
  private readonly origin = new AsyncResource('PeeperServer', { requireManualDestroy: true })
  private lives = 0
  private exited: Exited = () => undefined
  private stopping: Promise<void> | undefined = undefined
  private readonly waitingForIdle = new Waiters()
  private readonly waitingForEnd = new Waiters()

  constructor(
    readonly environment: Environment,
    private readonly options: ServerOptions,
    readonly self: Ref,
  ) {
    const settings = (this.settings = settingsOf(options))
    this.name = options.name
    this.address = addressOf(this)
    this.data = new Data(settings.types)
    const { callbacks } = options
    this.program = { callbacks, tables: handlerTables(callbacks), data: this.data, refuses: settings.refuses }
    this.mailbox = new Mailbox(settings.mailboxLimit, () => this.life?.wake())
    this.commits = new Commits(
      options.keeper ?? environment.keeper,
      { name: this.name },
      settings.version,
      this.data,
    )
    this.listeners = new Listeners(
      [...settings.listeners, ...environment.listeners],
      this.data,
      (where, error) => {
        this.report(where, error)
      },
      limit => {
        this.emit({ type: 'overload', server: this.address, what: 'listener', limit })
      },
    )
    this.firstState = firstStateOf(options.state, this.data, this.address)
  }

  get clock(): Environment['clock'] {
    return this.environment.clock
  }

  // ---- messages come in

  /** Takes a message of the server's own: a timer, an idle timeout. */
  deliver(envelope: Envelope): void {
    const { kind, name } = envelope
    if (envelope.system === undefined && handlerFor(this.program.tables[kind], name) === undefined)
      this.deadLetter(envelope, unknownMessage(this, kind, name))
    else if (this.mailbox.size < this.mailbox.limit || envelope.system !== undefined)
      this.mailbox.deliver(envelope)
    else this.deadLetter(envelope, fullMailbox(this, name))
  }

  // ---- what a life asks of its server

  nextId(): string {
    return this.environment.nextId()
  }

  createWorker(birth: Birth): Worker {
    return new InlineWorker(this.program, birth)
  }

  /** Throws where a test wants a crash. */
  injectCrash(point: CrashPoint, message: string): void {
    this.environment.injectCrash?.(this.address, point, message)
  }

  inside<S, T, R>(envelope: Envelope, work: (self: S, arg: T) => R, self: S, arg: T): R {
    return this.environment.inside(envelope, work, self, arg)
  }

  /** Runs this after what runs now, in no sender's context. */
  soon(work: () => void): void {
    this.origin.runInAsyncScope(queueMicrotask, undefined, work)
  }

  /** Runs what no sender asked for, in no sender's context. */
  apart<R>(work: () => R): R {
    return this.origin.runInAsyncScope(work)
  }

  emit(event: PeeperEvent): void {
    this.environment.emit(event)
  }

  report(where: string, error: unknown): void {
    this.emit({ type: 'error', server: this.address, where, error })
  }

  deadLetter({ kind, name, payload }: Envelope, reason: unknown): void {
    this.environment.deadLetter({ server: this.address, kind, message: name, payload, reason })
  }

  answer(from: From, value: unknown): void {
    if (from.server === this.address) this.life?.answer(from.id, value)
    else this.environment.answer(from, value)
  }

  becameIdle(): void {
    if (!this.waitingForIdle.any) return
    const onItsWay = this.commits.idle()
    if (onItsWay !== undefined)
      void onItsWay.then(() => {
        this.becameIdle()
      })
    else if (this.isDrained) this.waitingForIdle.release()
  }

  /** A life has ended: what only it could have handled is answered; with `mailbox.onCrash: 'drop'` all that waits is. */
  bury(worker: number, reason: ExitReason): void {
    undeliver(
      this,
      ({ life, system }) => life === worker || (this.settings.dropOnCrash && system === undefined),
      name => new ServerExitedError(this.address, name, reason),
    )
  }

  /** All before it has been served: the server ends for good. */
  retire(reason: ExitReason): void {
    void this.end(reason)
  }

  // ---- its branch of the tree

  async start(exited: Exited = () => undefined): Promise<void> {
    this.exited = exited
    this.status = 'starting'
    const { strategy, maxRestarts, maxSeconds, autoShutdown, restart, shutdown } = this.settings
    this.branch = new Supervisor({
      name: this.address,
      clock: this.clock,
      strategy,
      maxRestarts,
      maxSeconds,
      autoShutdown,
      children: [
        {
          id: 'worker',
          restart,
          shutdown,
          significant: restart !== 'permanent' && autoShutdown !== 'never',
          create: () => (this.life = new Incarnation(this, (this.lives += 1))),
        },
      ],
      onChildExit: exit => {
        this.lifeEnded(exit)
      },
    })
    try {
      await this.branch.start(reason => {
        this.branchEnded(reason)
      })
    } catch (error) {
      this.goDown(crashOf(error))
      throw error
    }
    if (this.hasEnded) throw new ServerStoppedError(this.address, this.endReason)
    this.status = this.status === 'starting' ? 'running' : this.status
  }

  /** Ends the server with its parent: nothing more is served. */
  async stop(reason: ExitReason, shutdown?: Shutdown): Promise<void> {
    if (this.hasEnded || this.status === 'new') return
    await (this.stopping ??= this.stopBranch(reason, shutdown))
  }

  /** Ends the server for good, and tells its parent. */
  async end(reason: ExitReason): Promise<void> {
    const { exited } = this // it may be started again before this one is told
    await this.stop(reason)
    exited('shutdown')
  }

  get hasEnded(): boolean {
    return this.status === 'stopped' || this.status === 'down'
  }

  /** Nothing waits, nothing runs, nothing is on its way to the keeper; or the server has ended. */
  get isDrained(): boolean {
    if (this.hasEnded || this.status === 'new') return true
    return this.life?.isIdle === true && this.commits.pending === 0
  }

  drained(): Promise<void> {
    if (this.isDrained) return Promise.resolve()
    const idle = this.waitingForIdle.wait()
    if (this.life?.isIdle === true) this.becameIdle() // only a commit is on its way
    return idle
  }

  ended(): Promise<void> {
    return this.hasEnded ? Promise.resolve() : this.waitingForEnd.wait()
  }

  /** Why it ended, if it has. */
  get endReason(): ExitReason {
    return this.cause ?? 'shutdown'
  }

  // A life ended by itself, and its supervisor has decided what follows.
  private lifeEnded({ reason, then, restartsLeft }: ChildExit): void {
    const { address: server } = this
    const worker = this.life?.number ?? 0
    this.cause = reason
    if (isExpected(reason)) this.emit({ type: 'exited', server, worker, reason })
    else this.emit({ type: 'crashed', server, worker, message: this.life?.offence, reason, restartsLeft })
    if (then !== 'forget') return
    this.goQuiet(reason)
    if (this.settings.autoShutdown === 'never') this.exited('shutdown')
  }

  private async stopBranch(reason: ExitReason, shutdown?: Shutdown): Promise<void> {
    this.status = 'stopping'
    try {
      await this.branch?.stop(reason, shutdown)
    } finally {
      this.stopping = undefined
    }
    if (!this.hasEnded) this.goQuiet(reason)
  }

  private branchEnded(reason: ExitReason): void {
    if (this.status === 'stopped') this.environment.forget(this.address)
    else this.goDown(reason)
    this.exited(reason)
  }

  private goDown(reason: ExitReason): void {
    this.cause = reason
    this.status = 'down'
    this.emit({ type: 'down', server: this.address, reason })
    this.rejectAll(() => new ServerDownError(this.address, reason))
  }

  private goQuiet(reason: ExitReason): void {
    this.cause = reason
    this.status = 'stopped'
    this.emit({ type: 'stopped', server: this.address, reason })
    this.rejectAll(() => new ServerStoppedError(this.address, reason))
  }

  private rejectAll(error: () => Error): void {
    undeliver(this, () => true, error)
    this.waitingForIdle.release()
    this.waitingForEnd.release()
  }
}
