import { BadOutcomeError, StateNotKeepableError } from '../errors.js'
import { crashOf, describeExit, type ExitReason } from '../exit.js'
import { isPromiseLike } from '../guard.js'
import { NotHostedError, WorkerLostError } from '../isolation/errors.js'
import type { Kept } from '../keeper/keeper.js'
import { mayPass } from '../keeper/trouble.js'
import { promptly, type Prompt } from '../promptly.js'
import { isWritten } from '../tables/table-write.js'
import { within } from '../within.js'
import { Envelope } from '../mailbox/envelope.js'
import type { Completion, Worker } from '../worker/worker.js'
import { backoff } from '../backoff.js'
import { BirthOf } from './birth.js'
import { InitFailedError, InitTimeoutError } from './errors.js'
import { FirstCommit } from './first-commit.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'
import { recollect, settled } from './memoranda.js'
import { UnfitState, upgrade } from './upgrade.js'

/** What a life starts with. */
export interface Started {
  readonly worker: Worker
  readonly state: unknown
  readonly revision: number
  readonly completion: Completion
}

/**
 * The start of one life: load, upgrade what an older version stored, `init`, keep the first state; tried again with backoff. A store that does not
 * answer is waited for as long as it takes, unless somebody waits for the start.
 */
export class Start {
  /** Is it kept waiting by the store? */
  awaitsStore = false
  private worker: Worker | undefined = undefined
  private givenUp = false
  private tries = 0
  /** Of them, those that are counted. */
  private failures = 0
  /** What the store failed with in this try, if it did. */
  private storeFailed: { readonly error: unknown } | undefined = undefined
  /** An exit that this start has not answered yet. */
  interruption: Error | undefined = undefined
  private reject: (error: Error) => void = () => undefined

  constructor(
    private readonly home: Home,
    private readonly life: Incarnation,
  ) {}

  run(): Prompt<Started> {
    const ms = this.home.commits.pause()
    return ms === 0 ? this.try() : this.tryAfter(ms)
  }

  private try(): Prompt<Started> {
    this.tries += 1
    this.storeFailed = undefined
    return promptly(
      () => this.attempt(),
      started => started,
      (error: unknown) => this.failed(error),
    )
  }

  // Its commits have failed, life after life.
  private async tryAfter(ms: number): Promise<Started> {
    await this.waitForStore(ms)
    if (this.givenUp) throw new Error('it was ended while it waited')
    return this.try()
  }

  /** Ends this try; with `forGood` there is no next one. */
  interrupt(reason: ExitReason, forGood = false): void {
    this.givenUp ||= forGood
    this.interruption = reasonError(reason)
    this.reject(this.interruption)
  }

  private attempt(): Prompt<Started> {
    return promptly(
      () => this.fromStore(() => this.home.commits.load()),
      kept => {
        this.awaitsStore = false
        this.check()
        return promptly(
          () => this.fromStore(() => this.inTime(recollect(this.home))),
          () => this.live(kept),
        )
      },
    )
  }

  private live(kept: Kept | undefined): Prompt<Started> {
    this.check()
    const { home } = this
    const worker = (this.worker = home.createWorker(new BirthOf(this.life)))
    return promptly(
      () => worker.there && this.unlessInterrupted(worker.there), // its time begins there
      () => this.begin(worker, kept),
    )
  }

  private begin(worker: Worker, kept: Kept | undefined): Prompt<Started> {
    if (kept === undefined) return this.initialise(worker, this.home.firstState, true)
    return promptly(
      () => this.upToDate(worker, kept),
      state => this.initialise(worker, state, false),
    )
  }

  // Stored before `init` and the first message see it: whatever becomes of them, it is upgraded once.
  private upToDate(worker: Worker, kept: Kept): Prompt<unknown> {
    const { home } = this
    const { address, program, commits } = home
    if (kept.version === program.version) return kept.state
    const change = (): Completion | Promise<Completion> =>
      this.step('codeChange', () => worker.codeChange(kept.state, kept.version, undefined))
    const upgraded = (): Prompt<unknown> => upgrade(address, program, kept.version, change)
    return promptly(
      () => this.inTime(home.apart(upgraded), 'codeChange'),
      state => {
        this.check()
        return promptly(
          () => this.keep(new FirstCommit(commits.revision + 1, state, undefined, home.memoranda?.wakeAt)),
          () => state,
        )
      },
    )
  }

  private initialise(worker: Worker, arg: unknown, isNew: boolean): Prompt<Started> {
    this.check()
    const { home } = this
    return promptly(
      () => this.inTime(home.apart(() => this.step('init', () => worker.init(arg, !isNew)))),
      returned => {
        if (returned.stop !== undefined) throw new StoppedInInit(reasonError(returned.stop))
        const completion = settled(home, undefined, returned)
        return promptly(
          () => this.keepFirst(completion, isNew),
          (): Started => {
            this.check()
            return { worker, completion, state: completion.state, revision: home.commits.revision }
          },
        )
      },
    )
  }

  // A handler like others: whoever it calls waits for it if he calls back.
  private step(name: string, run: () => Completion | Promise<Completion>): Completion | Promise<Completion> {
    const { home, life } = this
    if (!home.settings.reaches) return run()
    return home.environment.waiting.during(life, new Envelope(home, 'info', name, undefined), run)
  }

  private async failed(error: unknown): Promise<Started> {
    const { home, tries: attempt } = this
    const { settings, address, commits } = home
    this.interruption = undefined
    const crash = crashOf(error) // whatever it is, this can be looked at
    this.worker?.exit(crash)
    this.worker?.dispose()
    if (this.givenUp) throw error
    if (this.isStoreAway(error)) {
      const retryIn = commits.pause()
      home.emit({ type: 'init-failed', server: address, attempt, reason: error, retryIn, awaits: 'store' })
      return this.tryAfter(retryIn)
    }
    if (!(crash instanceof WorkerLostError && crash.isBystander)) this.failures += 1
    const isLast = this.failures > settings.initRetries || !mayRecover(crash)
    const retryIn = isLast ? undefined : backoff(Math.max(0, this.failures - 1))
    const isUnfit = crash instanceof UnfitState
    const reason = isUnfit ? crash.cause : error
    home.emit({ type: 'init-failed', server: address, attempt, reason, retryIn })
    if (retryIn === undefined) throw isUnfit ? reason : new InitFailedError(address, attempt, reason)
    await this.sleep(retryIn)
    if (this.givenUp) throw error
    return this.try()
  }

  // One of many is stored at its first change. `undefined` when there is nothing to store, or the keeper has answered already.
  private keepFirst(completion: Completion, isNew: boolean): Prompt<void> {
    const { commits, residence, memoranda } = this.home
    const { state, writes } = completion
    if (isNew && residence !== undefined) commits.state = state
    const isFirst = isNew && residence === undefined
    if (!isFirst && writes === undefined) return undefined
    const revision = commits.revision + Number(isFirst || isWritten(writes))
    return this.keep(new FirstCommit(revision, state, writes, memoranda?.wakeAt))
  }

  private keep(first: FirstCommit): Prompt<void> {
    return this.fromStore(() => {
      this.home.commits.add(first)
      return first.kept()
    })
  }

  // Its time is the store's own.
  private fromStore<T>(ask: () => Prompt<T>): Prompt<T> {
    const asked = promptly(ask, answer, (error: unknown) => {
      this.storeFailed = { error }
      throw error
    })
    return isPromiseLike(asked) ? this.unlessInterrupted(asked) : asked
  }

  private isStoreAway(error: unknown): boolean {
    const { storeFailed } = this
    return storeFailed?.error === error && storeFailed !== undefined && mayPass(error) && !this.home.isAwaited
  }

  private waitForStore(ms: number): Promise<void> {
    this.awaitsStore = true
    this.home.beginsWaiting()
    return this.sleep(ms)
  }

  // What is waited for has its time, and is left behind at an exit; what is there already waits for nothing.
  private inTime<T>(work: Prompt<T>, step: 'init' | 'codeChange' = 'init'): Prompt<T> {
    if (!isPromiseLike(work)) return work
    const { clock, settings, address } = this.home
    const late = (): Error => new InitTimeoutError(address, settings.initTimeout, step)
    return this.unlessInterrupted(within(clock, settings.initTimeout, work, late))
  }

  private unlessInterrupted<T>(work: PromiseLike<T>): Promise<T> {
    const interrupted = new Promise<never>((_, reject) => (this.reject = reject))
    return Promise.race([work, interrupted])
  }

  private check(): void {
    if (this.interruption !== undefined) throw this.interruption
  }

  // An exit only ends the wait.
  private sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = this.home.clock.after(ms, resolve)
      this.reject = () => {
        timer.cancel()
        this.interruption = undefined
        resolve()
      }
    })
  }
}

const answer = <T>(of: T): T => of

class StoppedInInit extends Error {
  constructor(cause: Error) {
    super(`init stopped: ${cause.message}`, { cause })
  }
}

// What init returned will be the same next time, and so will an upgrade; what it threw may not.
const mayRecover = (error: unknown): boolean =>
  !(
    error instanceof UnfitState ||
    error instanceof StoppedInInit ||
    error instanceof BadOutcomeError ||
    error instanceof StateNotKeepableError ||
    error instanceof NotHostedError
  )

const reasonError = (reason: ExitReason): Error =>
  reason instanceof Error ? reason : new Error(describeExit(reason))
