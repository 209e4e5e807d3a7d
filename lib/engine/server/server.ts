import type { Observable } from '../listener/observable.js'
import { BadOptionError, BadOutcomeError, NoSuchServerError } from '../errors.js'
import type { PeeperEvent } from '../events.js'
import { crashOf, exitReasonOf, type ExitReason, type GivenReason } from '../exit.js'
import { guard, isPromiseLike } from '../guard.js'
import { WORKER_SUFFIX } from '../identity.js'
import { Envelope } from '../mailbox/envelope.js'
import type { CallOptions, Ref } from '../ref.js'
import { upgradesFrom } from '../worker/callbacks.js'
import type { ChildCount } from '../supervisor/supervision.js'
import { signal } from './bonds.js'
import type { Environment } from './environment.js'
import { closedGate, fullMailbox } from './gate.js'
import { Home, type ServerStatus } from './home.js'
import type { Residence } from './residence.js'
import type { ServerOptions } from './settings.js'
import { badTimeout } from '../timeout.js'
import { call, copyPayload, tell } from './sending.js'
import { WorkerRef } from './worker-ref.js'

/** How a server is, at this moment. */
export interface Status {
  readonly server: string
  /** `'passive'`: one of many that is not in memory; its next message brings it back. */
  readonly status: ServerStatus | 'restarting' | 'passive'
  /** The number of the running life; 0 before the first. */
  readonly worker: number
  readonly restartsLeft: number
  /** Messages that wait. */
  readonly queued: number
  /** Of the last committed state. */
  readonly revision: number
  /** The last committed state, as `formatStatus` shows it. */
  readonly state: unknown
}

/** A child of a server's branch. */
export interface BranchChild {
  readonly id: 'keeper' | 'worker'
  readonly type: 'worker'
  readonly status: 'running' | 'restarting' | 'stopped'
  /** Ends this child alone; its supervisor starts the next one. */
  exit(reason: GivenReason): void
}

/**
 * The stable address of a server: what is sent here reaches whichever worker lives.
 *
 * @example
 * const counter = await engine.start({ name: 'counter', state: 0, callbacks: { call: { read: n => n } } })
 * await counter.call('read') // 0
 */
export class Server implements Ref {
  /** @internal */
  readonly home: Home

  /** @internal Servers are made by `engine.start` and `engine.declare`. */
  constructor(environment: Environment, options: ServerOptions, residence?: Residence) {
    this.home = new Home(environment, options, residence?.self ?? this, residence)
  }

  get name(): string {
    return this.home.identity.name
  }

  get key(): string | undefined {
    return this.home.identity.key
  }

  /** Does it take messages? While it does, no other server has its name. */
  get isRunning(): boolean {
    return this.home.status === 'running'
  }

  /** The state after each committed change, from now on. Never ends on an error; a subscriber that throws harms nobody. */
  get changes$(): Observable<unknown> {
    return this.home.listeners.changes$
  }

  /** What happens to this server. Never ends on an error; a subscriber that throws harms nobody. */
  get events$(): Observable<PeeperEvent> {
    return this.home.environment.eventsOf(this.home.address)
  }

  call(message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return call(this.home, message, payload, options)
  }

  cast(message: string, payload?: unknown): void {
    tell(this.home, 'cast', message, payload)
  }

  send<M extends string>(message: M, payload?: unknown): M {
    tell(this.home, 'info', message, payload)
    return message
  }

  exit(reason: GivenReason): void {
    const { life, settings } = this.home
    const given = exitReasonOf(reason)
    if (life === undefined) return
    if (settings.trapExit && given !== 'kill' && life.isRunning) signal(life, undefined, given)
    else if (given !== 'normal') life.exit(given)
  }

  /**
   * Ends the server for good: no new messages, all queued ones are served, `@Terminate` runs. Its state is kept, and `start` brings it back.
   * After `timeout` (ms, default 5 000) what is still queued is rejected. GenServer's `stop/3`.
   */
  async stop(reason: ExitReason = 'normal', timeout = 5_000): Promise<void> {
    const { home } = this
    const problem = badTimeout(`stop of '${home.address}'`, timeout)
    if (problem !== undefined) throw problem
    if (home.hasEnded || home.status === 'new') return
    if (home.awaitsStore)
      await home.branch.end(reason) // there is no saying when it could serve the others
    else if (home.status !== 'stopping') {
      home.status = 'stopping'
      home.environment.deliver(
        new Envelope(home, 'info', 'stop', undefined, undefined, { type: 'stop', reason }),
      )
    }
    const limit = home.environment.deadlines.after(timeout, () => void home.branch.end(reason))
    await home.ended()
    limit.cancel()
  }

  /** This life alone: what is sent to it fails once it is dead. Also known by the name `<name>.GenServer`. */
  worker(): Ref {
    const { life } = this.home
    if (life?.isRunning !== true)
      throw new NoSuchServerError(
        `${this.home.address}${WORKER_SUFFIX}`,
        `'${this.home.address}' has no running worker now; send to '${this.home.address}' itself.`,
      )
    return new WorkerRef(this, life)
  }

  /** How it is now, and its last committed state as `formatStatus` shows it. */
  status(): Status {
    const { address, status, life, branch, mailbox, commits } = this.home
    return {
      server: address,
      status: statusOf(status, life?.isRunning === true),
      worker: branch.lives,
      restartsLeft: branch.restartsLeft,
      queued: mailbox.size,
      revision: commits.revision,
      state: this.shownState(),
    }
  }

  /**
   * Runs `codeChange` on the state, in its turn among the messages; with steps, all from that version on. Rejects with `CodeChangeFailedError`,
   * the state as it was. A stored state of an older version needs no such call: it is upgraded when it is loaded.
   */
  async codeChange(change: { readonly from: number; readonly extra?: unknown }): Promise<void> {
    const { home } = this
    if (home.program.callbacks.codeChange === undefined)
      throw new BadOptionError(
        `server '${home.address}'`,
        'codeChange',
        'missing',
        'a @CodeChange() method, to upgrade its state',
      )
    if (!upgradesFrom(home.program.callbacks, change.from))
      throw new BadOptionError(
        `codeChange of '${home.address}'`,
        'from',
        change.from,
        'a version that a @CodeChange({ from }) leads from',
      )
    const problem = closedGate(home, 'call') ?? (home.isFull ? fullMailbox(home, 'codeChange') : undefined)
    if (problem !== undefined) throw problem
    const envelope = new Envelope(home, 'call', 'codeChange', undefined, undefined, {
      type: 'codeChange',
      from: change.from,
      extra: copyPayload(home, 'codeChange', change.extra),
    })
    const answer = envelope.answer()
    home.environment.deliver(envelope)
    await answer
  }

  /** The children of its branch: what to kill in a test. */
  whichChildren(): BranchChild[] {
    const { home } = this
    const [worker] = home.branch.whichChildren()
    const exitKeeper = (reason: GivenReason): void => {
      guard(
        () => home.commits.exit(crashOf(exitReasonOf(reason))),
        error => {
          home.report('keeper', error)
        },
      )
    }
    return [
      { id: 'keeper', type: 'worker', status: 'running', exit: exitKeeper },
      {
        id: 'worker',
        type: 'worker',
        status: worker?.status ?? 'stopped',
        exit: reason => {
          this.exit(reason)
        },
      },
    ]
  }

  countChildren(): ChildCount {
    const active = this.whichChildren().filter(({ status }) => status === 'running').length
    return { specs: 2, active, supervisors: 0, workers: 2 }
  }

  /** Resolves when nothing waits, nothing runs and everything is committed. */
  drained(): Promise<void> {
    return this.home.drained()
  }

  private shownState(): unknown {
    const { home } = this
    const state = home.data.release(home.commits.state)
    const { formatStatus } = home.program.callbacks
    if (formatStatus === undefined) return state
    // Rather nothing than what was to be hidden.
    const failed = (error: unknown): void => {
      home.report('formatStatus', error)
    }
    try {
      const shown = formatStatus(state as never)
      if (!isPromiseLike(shown)) return shown
      shown.then(undefined, failed)
      failed(new BadOutcomeError(home.address, 'formatStatus', 'a promise, and a status cannot wait'))
    } catch (error) {
      failed(error)
    }
    return undefined
  }
}

// Its first life serves before its supervisor has heard that it does.
const statusOf = (status: ServerStatus, hasWorker: boolean): Status['status'] => {
  if (status === 'running') return hasWorker ? 'running' : 'restarting'
  return status === 'starting' && hasWorker ? 'running' : status
}
