import { BadOutcomeError, StateNotKeepableError } from '../errors.js'
import { crashOf, describeExit, type ExitReason } from '../exit.js'
import { isPromiseLike } from '../guard.js'
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
        const started = await this.attempt()
        if (this.interruption !== undefined) throw this.interruption
        return started
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
    const { commits, firstState } = this.home
    const kept = await this.unlessInterrupted(this.inTime(commits.load()))
    const worker = (this.worker = this.home.createWorker(this.birth))
    const arg = kept === undefined ? firstState : kept.state
    const begun = this.home.apart(() => worker.init(arg, kept !== undefined))
    const completion = isPromiseLike(begun) ? await this.unlessInterrupted(this.inTime(begun)) : begun
    if (completion.stop !== undefined) throw new StoppedInInit(reasonError(completion.stop))
    if (kept === undefined) await this.unlessInterrupted(this.inTime(this.keepFirst(completion.state)))
    return { worker, completion, state: completion.state, revision: commits.revision }
  }

  private async keepFirst(state: unknown): Promise<void> {
    const { commits } = this.home
    await new Promise<void>((resolve, reject) => {
      commits.add({ revision: 1, state, committed: resolve, uncertain: reject })
    })
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    const { clock, settings, address } = this.home
    return within(
      clock,
      settings.initTimeout,
      work,
      () => new InitTimeoutError(address, settings.initTimeout),
    )
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

  private unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    if (this.interruption !== undefined) return Promise.reject(this.interruption)
    const interrupted = new Promise<never>((_, reject) => (this.reject = reject))
    return Promise.race([work, interrupted])
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
