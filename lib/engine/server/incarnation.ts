import { untold, type Child, type Exited, type Shutdown } from '../child-spec.js'
import { crashOf, type ExitReason } from '../exit.js'
import { isPromiseLike } from '../guard.js'
import type { Envelope } from '../mailbox/envelope.js'
import type { Directive } from '../outcome.js'
import { promptly, type Prompt } from '../promptly.js'
import { isWritten } from '../tables/table-write.js'
import type { Effects } from '../worker/effects.js'
import { Waiters } from '../waiters.js'
import type { Completion, Worker } from '../worker/worker.js'
import { CompletedTurn } from './completed-turn.js'
import { halt } from './halt.js'
import { handle } from './handling.js'
import type { Home } from './home.js'
import { lastWords } from './last-words.js'
import { settled } from './memoranda.js'
import { awaitTimeout, nextStep, perform } from './perform.js'
import { Start, type Started } from './start.js'
import { Timers } from './timers.js'
import { bury } from './undelivered.js'

const NOW = Promise.resolve()

/** Messages in one go before sockets and timers get their turn. */
const RUN_LENGTH = 1_000

/**
 * One life of a server, watched by its supervisor: it takes one message at a time from the mailbox to the worker, what that completes to the
 * keeper, and what is kept to callers and listeners.
 */
export class Incarnation implements Child {
  /** What it was doing when it ended; `undefined` when idle. */
  offence: Pick<Envelope, 'label' | 'reminder'> | undefined = undefined
  /** Why it ended; `undefined` while it lasts. */
  endedBy: ExitReason | undefined = undefined
  /** Does it take no message now? */
  busy = false

  private starting: Start | undefined = undefined
  private ending: Prompt<void> = undefined
  private exited: Exited = untold

  worker: Worker | undefined = undefined
  private state: unknown = undefined
  private revision = 0

  private current: Envelope | undefined = undefined
  private following: Envelope | undefined = undefined
  /** Is it taking messages, or about to? */
  private awake = false
  private idleFor: number | undefined = undefined
  private turnEnds: Waiters | undefined = undefined
  /** Those who cut short what it says at last; there from its end on. */
  private killed: Waiters | undefined = undefined
  private timers: Timers | undefined = undefined

  constructor(
    readonly home: Home,
    readonly number: number,
  ) {}

  /** Does it take messages? */
  get isRunning(): boolean {
    return this.worker !== undefined && this.endedBy === undefined
  }

  /** Is there nothing to do? */
  get isIdle(): boolean {
    return this.isRunning && !this.busy && this.following === undefined && this.home.mailbox.size === 0
  }

  get awaitsStore(): boolean {
    return this.starting?.awaitsStore === true
  }

  /** Does it rest, and nothing of its own will wake it? */
  get isAtRest(): boolean {
    return this.isIdle && !this.awake && this.timers?.any !== true
  }

  start(exited: Exited): Prompt<void> {
    this.exited = exited
    const starting = (this.starting = new Start(this.home, this))
    const begin = (started: Started): void => this.begin(starting, started)
    return promptly(() => starting.run(), begin)
  }

  private begin(starting: Start, { worker, state, revision, completion }: Started): void {
    const { home, number } = this
    this.starting = undefined
    if (this.endedBy !== undefined) {
      worker.exit(this.endedBy) // stopped at the last moment
      worker.dispose()
      return
    }
    home.isAwaited = false
    this.worker = worker
    this.state = state
    this.revision = revision
    if (home.isWatched)
      home.emit({ type: 'started', server: home.address, worker: number, restarts: number - 1 })
    const { effects, directive } = completion
    if (effects !== undefined) home.apart(() => this.perform(effects))
    if (directive !== undefined) home.apart(() => this.follow(directive))
    if (starting.interruption !== undefined) this.leave(starting.interruption, undefined)
    else {
      home.memoranda?.begin()
      this.wake()
    }
  }

  /** There may be something to do. Whether it is done next, in the context that is current now. */
  wake(): boolean {
    this.timers?.disturb()
    if (this.awake || this.busy || !this.isRunning) return false
    this.awake = true
    // `queueMicrotask` wraps each callback in an async resource of its own: five times the cost.
    void NOW.then(this.takeTurns)
    return true
  }

  /** Ends this life at once, whatever it is doing: `Process.exit(worker, reason)`. */
  exit(reason: ExitReason): void {
    if (this.starting !== undefined) this.starting.interrupt(reason)
    else if (this.endedBy === undefined)
      void halt(this, this.worker, reason, 'infinity', () => {
        this.leave(reason, this.current)
      })
    else if (reason === 'kill') this.killed?.release()
  }

  stop(reason: ExitReason, shutdown: Shutdown): Prompt<void> {
    this.starting?.interrupt(reason, true)
    return halt(this, this.worker, reason, shutdown, () => {
      this.end(reason)
      return this.finish(shutdown)
    })
  }

  /** Resolves when the handler that runs now has ended; `undefined` if none does. */
  currentTurn(): Promise<void> | undefined {
    return this.current === undefined ? undefined : (this.turnEnds ??= new Waiters()).wait()
  }

  private readonly takeTurns = (): void => {
    this.takeAll()
    this.home.mailbox.next?.keepContext() // it woke this life, and has to wait all the same
  }

  private takeAll(): void {
    const { commits, settings, mailbox } = this.home
    this.awake = true
    while (this.isRunning && !this.busy) {
      if (this.home.runLength >= RUN_LENGTH) {
        this.home.runLength = 0
        this.home.clock.yield(this.takeTurns)
        return
      }
      if (!commits.isIdle && commits.pending >= settings.mailboxLimit) {
        void commits.idle()?.then(this.takeTurns)
        return
      }
      const envelope = this.following ?? mailbox.take()
      if (envelope === undefined) {
        this.awake = false
        this.rest()
        return
      }
      this.following = undefined
      this.home.runLength += 1
      this.turn(envelope)
      this.worker?.foresee?.(mailbox)
    }
    this.awake = false
  }

  private turn(envelope: Envelope): void {
    const { system } = envelope
    const message = system?.type === 'wake' ? this.home.memoranda?.next() : envelope
    if (message === undefined) return // nothing is due any more
    this.idleFor = undefined
    if (system?.type === 'stop') {
      this.busy = true
      this.home.retire(system.reason)
      return
    }
    this.current = message
    this.home.inside(envelope, run, this, message)
  }

  /** One message, in the context of its sender: handled, and handed to the keeper. */
  run(envelope: Envelope): void {
    let result: Completion | Promise<Completion>
    try {
      this.home.injectCrash?.(this.home.address, 'before-handling', envelope.name)
      result = handle(this, this.worker as Worker, envelope, this.state)
    } catch (thrown) {
      this.crash(envelope, thrown)
      return
    }
    if (!isPromiseLike(result)) {
      this.complete(envelope, result)
      return
    }
    this.busy = true
    result.then(
      completion => {
        this.complete(envelope, completion)
        if (!this.awake) this.takeTurns() // at once, as after a handler that awaits nothing
      },
      (thrown: unknown) => {
        this.crash(envelope, thrown)
      },
    )
  }

  private crash(envelope: Envelope, thrown: unknown): void {
    if (this.endedBy === undefined) this.leave(crashOf(thrown), envelope)
    else this.home.report(`${envelope.label}, left behind by worker ${this.number}`, thrown)
  }

  // The handler has returned: what it left goes to the keeper. Until that answers, the next message may run.
  private complete(envelope: Envelope, returned: Completion): void {
    if (this.endedBy !== undefined) return // dropped meanwhile: nothing of it has happened
    let completion: Completion
    try {
      completion = settled(this.home, envelope, returned)
      this.home.injectCrash?.(this.home.address, 'before-commit', envelope.name)
    } catch (thrown) {
      this.crash(envelope, thrown)
      return
    }
    this.busy = completion.stop !== undefined
    const old = this.state
    if (!Object.is(completion.state, old) || isWritten(completion.writes)) this.revision += 1
    this.state = completion.state
    this.follow(completion.directive)
    this.home.commits.add(new CompletedTurn(this.home, this, envelope, completion, old, this.revision))
    if (this.current === envelope) this.endTurn()
  }

  private endTurn(): void {
    this.current = undefined
    this.turnEnds?.release()
  }

  /** Carries out what a committed handler asked for. */
  perform(effects: Effects): void {
    if (this.endedBy === undefined) this.timers ??= new Timers(this.home.clock)
    perform(this, this.timers, effects)
  }

  private follow(directive: Directive | undefined): void {
    if (directive === undefined) return
    this.idleFor = directive.timeout
    this.following = nextStep(this.home, directive)
  }

  private rest(): void {
    const { home, idleFor } = this
    if (idleFor !== undefined) awaitTimeout(home, (this.timers ??= new Timers(home.clock)), idleFor)
    home.becameIdle()
  }

  /** Ends this life by itself; its supervisor decides what follows. */
  leave(reason: ExitReason, doing: Envelope | undefined): void {
    if (this.endedBy !== undefined) return
    this.offence = doing
    this.end(reason)
    // A brutal kill is the supervisor's to give: an end of its own has its last words.
    const { shutdown } = this.home.settings
    const finish = (): Prompt<void> => this.finish(shutdown === 'brutal_kill' ? 5_000 : shutdown)
    // Later: others of the same turn, or of the same failed commit, are told first.
    this.home.apart(() => void NOW.then(finish).then(() => this.exited(reason)))
  }

  // From here on this life never happened, but for what is committed.
  private end(reason: ExitReason): void {
    if (this.endedBy !== undefined) return
    this.endedBy = reason
    this.worker?.exit(reason)
    this.timers?.end()
    this.home.memoranda?.end()
    bury(this.home, this.number, this.current, this.worker, reason)
    this.following = undefined
    this.endTurn()
  }

  // Once: who asks again waits for the same end.
  private finish(shutdown: Shutdown): Prompt<void> {
    if (this.killed !== undefined) return this.ending
    const killed = (this.killed = new Waiters())
    const reason = this.endedBy as ExitReason
    return (this.ending = lastWords(this.home, this.worker, { life: this, reason, shutdown, killed }))
  }
}

const run = (life: Incarnation, envelope: Envelope): void => {
  life.run(envelope)
}
