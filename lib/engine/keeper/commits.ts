import type { Data } from '../data/data.js'
import { isPromiseLike } from '../guard.js'
import { addressOf } from '../identity.js'
import { Holdings } from '../tables/holdings.js'
import type { TableOwner } from '../tables/protected-table.js'
import type { TableState } from '../tables/table-state.js'
import { promptly, type Prompt } from '../promptly.js'
import { within } from '../within.js'
import type { Completed, Owner } from './completed.js'
import { StaleOwnerError, StoreTimeoutError } from './errors.js'
import type { Keeper, Kept } from './keeper.js'
import { Pipeline, type Load } from './pipeline.js'
import { StateChange, writtenBy } from './state-change.js'
import { Trouble } from './trouble.js'

/**
 * The keeper of one server: one commit in flight; what completes meanwhile is coalesced into the next, in order. With a keeper that answers
 * at once nothing ever waits here.
 */
export class Commits implements TableOwner {
  /** The newest revision that the keeper confirmed, and its state; at 0 nothing is stored. */
  revision = 0
  state: unknown = undefined
  /** When it is to be woken: what of it was confirmed. */
  wakeAt: number | undefined = undefined
  /** Of the callbacks that wrote it. */
  private version = 0

  /** Made for servers that have any. */
  private held: Holdings | undefined = undefined
  /** Made for servers whose keeper does not answer at once. */
  private pipeline: Pipeline | undefined = undefined
  /** There since something failed, until a commit is confirmed. */
  private trouble: Trouble | undefined = undefined

  constructor(
    private readonly keeper: Keeper,
    protected readonly owner: Owner,
  ) {}

  /** The server's tables and its dictionary. */
  get holdings(): Holdings {
    return (this.held ??= new Holdings(this.server, this.data))
  }

  get server(): string {
    return addressOf(this.owner.identity)
  }

  get data(): Data {
    return this.owner.data
  }

  /** A table of the server's own, which no handler can open. */
  systemTable(name: string): TableState | undefined {
    return this.held?.table(name)
  }

  /** A table as others may see it. */
  table(name: string): TableState | undefined {
    return this.held?.committedTable(name)
  }

  /** A life has ended, and with it the tables that were its own. */
  endLife(): void {
    this.held?.endLife()
  }

  /** How many completed messages wait to be kept, or to be told that they are. */
  get pending(): number {
    return this.pipeline?.pending ?? 0
  }

  /** What the keeper holds. A store that lost what it had confirmed is given it again: it was promised to callers. */
  load(): Prompt<Kept | undefined> {
    const load = { isGivenUp: false }
    this.pipeline?.giveUp()
    return promptly(
      () => this.inTime(this.find(load)),
      kept => {
        this.trouble?.loaded()
        return kept
      },
      (error: unknown) => {
        if (!load.isGivenUp) this.troubled?.loadFailed(error)
        load.isGivenUp = true // should it still come, it is not heeded
        throw error
      },
    )
  }

  /** ms that a life has to wait before it begins: the store has failed several times in a row. Told once. */
  pause(): number {
    const ms = this.trouble?.pause() ?? 0
    return this.owner.isAwaited ? 0 : ms
  }

  private find(load: Load): Prompt<Kept | undefined> {
    const idle = this.idle() // the first state of a start that was given up may still be on its way
    const found =
      idle === undefined
        ? this.keeper.load(this.owner.identity)
        : idle.then(() => this.keeper.load(this.owner.identity))
    if (!isPromiseLike(found)) return this.loaded(load, found)
    this.onItsWay.load = load
    return found.then(kept => this.loaded(load, kept))
  }

  private inTime<T>(work: Prompt<T>): Prompt<T> {
    if (!isPromiseLike(work)) return work
    const { limits, settings } = this.owner
    const ms = settings.commitTimeout
    return within(limits, ms, work, () => new StoreTimeoutError(this.server, 'load', ms))
  }

  private loaded(load: Load, found: Kept | undefined): Kept | undefined | Promise<Kept | undefined> {
    if (load.isGivenUp) throw new Error('this load was given up, and another has taken its place')
    this.endLife() // a start that was given up may have left tables of its own
    if (found !== undefined && found.revision > this.revision) this.trouble?.overtaken()
    if (found !== undefined && found.revision >= this.revision) {
      // At the same revision they are here as the keeper has them.
      if (found.revision > this.revision && (found.tables ?? found.dictionary ?? this.held) !== undefined)
        this.holdings.load(found.tables, found.dictionary)
      else this.held?.renew(found.tables)
      this.revision = found.revision
      this.state = this.owner.data.keep(found.state)
      this.version = found.version
      return { ...found, state: this.state }
    }
    if (this.revision === 0) return undefined
    const { state, revision, version } = this
    const lost: Kept = { state, revision, version }
    const all = this.held && {
      tables: this.held.all(found?.tables),
      dictionary: [{ op: 'set', path: [], value: this.held.committedDictionary }] as const,
    }
    const change = new StateChange(undefined, state, revision, version, all, this.wakeAt)
    const given = this.keeper.commit(this.owner.identity, change, found?.revision ?? 0)
    return isPromiseLike(given) ? given.then(() => lost) : lost
  }

  /** Opens the store; `undefined` if nothing has to be waited for. */
  open(): Promise<void> | undefined {
    const opening = this.keeper.open?.()
    return isPromiseLike(opening) ? opening : undefined
  }

  /** Forgets the kept state: the next start is a first start. */
  async reset(): Promise<void> {
    await this.keeper.remove(this.owner.identity)
    this.revision = 0
    this.state = undefined
    this.wakeAt = undefined
    this.held = undefined
  }

  /** This keeper is killed: what was on its way is uncertain, what was confirmed is there. The next life loads. */
  exit(error: Error): void {
    const flight = this.pipeline?.inFlight
    if (flight !== undefined) this.fail(flight, error)
  }

  /** Keeps what a message completed, then tells it so: at once, or else it has to wait. */
  add(completed: Completed): void {
    if (!this.isIdle) {
      this.wait(completed)
      this.onItsWay.add(completed)
    } else if (completed.revision === this.revision) this.confirm(completed, false)
    else this.commit(completed, undefined)
  }

  /** Resolves once nothing is on its way to the keeper. */
  idle(): Promise<void> | undefined {
    return this.pipeline?.idle()
  }

  /** Is nothing on its way to the keeper? */
  get isIdle(): boolean {
    return this.pipeline === undefined || this.pipeline.isIdle
  }

  private get onItsWay(): Pipeline {
    return (this.pipeline ??= new Pipeline())
  }

  private commit(newest: Completed, batch: Completed[] | undefined): void {
    let done: PromiseLike<unknown> | undefined
    try {
      const written =
        batch === undefined && newest.writes === undefined
          ? undefined
          : writtenBy(batch ?? [newest], this.held?.committedDictionary)
      const { version } = this.owner.settings
      const base = this.revision === 0 ? undefined : this.state // a first state that is not stored is no base
      const change = new StateChange(base, newest.state, newest.revision, version, written, newest.wakeAt)
      const answer: unknown = this.keeper.commit(this.owner.identity, change, this.revision)
      done = isPromiseLike(answer) ? answer : undefined
    } catch (error) {
      this.fail(batch ?? [newest], error)
      return
    }
    if (done === undefined) {
      this.advance(newest)
      if (batch === undefined) this.confirm(newest, false)
      else this.tell(batch)
      return
    }
    if (batch === undefined) this.wait(newest)
    this.fly(batch ?? [newest], newest, done)
  }

  private fly(flight: Completed[], newest: Completed, done: PromiseLike<unknown>): void {
    const pipeline = this.onItsWay
    pipeline.begin(flight, this.limit())
    Promise.resolve(done).then(
      () => {
        if (!pipeline.land(flight)) return
        this.advance(newest)
        this.tell(flight)
        this.commitWaiting(pipeline)
      },
      (error: unknown) => {
        if (pipeline.inFlight === flight) this.fail(flight, error)
      },
    )
  }

  // What it does so late is seen by the next life, or refused.
  private limit(): { cancel(): void } {
    const ms = this.owner.settings.commitTimeout
    return this.owner.limits.after(ms, () => {
      this.exit(new StoreTimeoutError(this.server, 'commit', ms))
    })
  }

  private commitWaiting(pipeline: Pipeline): void {
    for (let batch = pipeline.take(); batch !== undefined; batch = pipeline.take()) {
      const newest = batch.at(-1) as Completed
      if (newest.revision === this.revision) this.tell(batch)
      else this.commit(newest, batch)
      if (pipeline.inFlight !== undefined) return
    }
    pipeline.release()
  }

  private tell(batch: readonly Completed[]): void {
    const pipeline = this.onItsWay
    pipeline.untold = batch.length
    for (const completed of batch) {
      this.confirm(completed, true)
      pipeline.untold -= 1
    }
  }

  private wait(completed: Completed): void {
    completed.waits()
    if (completed.writes !== undefined) this.holdings.pend(completed.writes)
  }

  private confirm(completed: Completed, hadToWait: boolean): void {
    if (completed.writes !== undefined) this.holdings.confirm(completed.writes, hadToWait)
    completed.committed()
  }

  private advance(newest: Completed): void {
    this.revision = newest.revision
    this.state = newest.state
    this.wakeAt = newest.wakeAt
    this.version = this.owner.settings.version
    if (this.trouble !== undefined) this.recover()
  }

  private recover(): void {
    const { trouble } = this
    this.trouble = undefined
    trouble?.confirmed()
  }

  private get troubled(): Trouble | undefined {
    return this.owner.isAwaited ? this.trouble : (this.trouble ??= new Trouble(this.owner))
  }

  protected fail(flight: Completed[], error: unknown): void {
    const neverHanded = this.pipeline?.fail() ?? []
    this.held?.rollback()
    this.troubled?.commitFailed(error)
    const wasRefused = error instanceof StaleOwnerError
    for (const completed of flight) completed.uncertain(error, !wasRefused)
    for (const completed of neverHanded) completed.uncertain(error, false)
    this.pipeline?.release()
  }
}
