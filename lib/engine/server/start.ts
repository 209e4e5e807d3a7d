import { BadOutcomeError, StateNotKeepableError } from '../errors.js'
import { crashOf, describeExit, type ExitReason } from '../exit.js'
import { isPromiseLike } from '../guard.js'
import { isWritten } from '../tables/table-write.js'
import { within } from '../within.js'
import type { Birth } from '../worker/life.js'
import type { Completion, Worker } from '../worker/worker.js'
import { backoff } from './backoff.js'
import { InitFailedError, InitTimeoutError } from './errors.js'
import type { Home } from './home.js'

/** What a life starts with. */
export interface Started {
  readonly worker: Worker
  readonly state: unknown
  readonly revision: number
  readonly completion: Completion
}

/** The start of one life: load, `init`, keep the first state; tried again with backoff. */
export class Start {
  private worker: Worker | undefined = undefined
  private givenUp = false
  /** An exit that this start has not answered yet. */
  interruption: Error | undefined = undefined
  private reject: (error: Error) => void = () => undefined

  constructor(
    private readonly home: Home,
    private readonly birth: Birth,
  ) {}

  async run(): Promise<Started> {
    const { settings, address } = this.home
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt()
      } catch (error) {
        this.interruption = undefined
        this.worker?.exit(crashOf(error))
        this.worker?.dispose()
        if (this.givenUp) throw error
        const retryIn =
          attempt <= settings.initRetries && mayRecover(error) ? backoff(attempt - 1) : undefined
        this.home.emit({ type: 'init-failed', server: address, attempt, reason: error, retryIn })
        if (retryIn === undefined) throw new InitFailedError(address, attempt, error)
        await this.sleep(retryIn)
        if (this.givenUp) throw error
      }
    }
  }

  /** Ends this try; with `forGood` there is no next one. */
  interrupt(reason: ExitReason, forGood = false): void {
    this.givenUp ||= forGood
    this.interruption = reasonError(reason)
    this.reject(this.interruption)
  }

  private async attempt(): Promise<Started> {
    const { commits, firstState, residence } = this.home
    const kept = await this.inTime(commits.load())
    this.check()
    const worker = (this.worker = this.home.createWorker(this.birth))
    const arg = kept === undefined ? firstState : kept.state
    const completion = await this.inTime(this.home.apart(() => worker.init(arg, kept !== undefined)))
    if (completion.stop !== undefined) throw new StoppedInInit(reasonError(completion.stop))
    const isNew = kept === undefined
    if (isNew && residence !== undefined) commits.state = completion.state // one of many is stored at its first change
    const isFirst = isNew && residence === undefined
    if (isFirst || completion.writes !== undefined) await this.inTime(this.keep(completion, isFirst))
    this.check()
    return { worker, completion, state: completion.state, revision: commits.revision }
  }

  // `undefined` when the keeper has answered already.
  private keep({ state, writes }: Completion, isFirst: boolean): Promise<void> | undefined {
    const { commits } = this.home
    const revision = commits.revision + Number(isFirst || isWritten(writes))
    let isKept = false
    const kept = new Promise<void>((resolve, reject) => {
      const committed = (): void => {
        isKept = true
        resolve()
      }
      commits.add({ revision, state, writes, waits: () => undefined, committed, uncertain: reject })
    })
    return isKept ? undefined : kept
  }

  // What is waited for has its time, and is left behind at an exit; what is there already waits for nothing.
  private inTime<T>(work: T | PromiseLike<T>): T | Promise<T> {
    if (!isPromiseLike(work)) return work
    const { clock, settings, address } = this.home
    const interrupted = new Promise<never>((_, reject) => (this.reject = reject))
    const late = (): Error => new InitTimeoutError(address, settings.initTimeout)
    return Promise.race([within(clock, settings.initTimeout, work, late), interrupted])
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

class StoppedInInit extends Error {
  constructor(cause: Error) {
    super(`init stopped: ${cause.message}`, { cause })
  }
}

// What init returned will be the same next time; what it threw may not.
const mayRecover = (error: unknown): boolean =>
  !(
    error instanceof StoppedInInit ||
    error instanceof BadOutcomeError ||
    error instanceof StateNotKeepableError
  )

const reasonError = (reason: ExitReason): Error =>
  reason instanceof Error ? reason : new Error(describeExit(reason))
