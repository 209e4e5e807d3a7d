import type { Data } from '../data/data.js'
import { diff } from '../data/diff.js'
import type { Patch } from '../data/patch.js'
import { isPromiseLike } from '../guard.js'
import type { Identity } from '../identity.js'
import { Waiters } from '../waiters.js'
import type { Change, Keeper, Kept } from './keeper.js'

/** A message that ran and waits until the newest revision it saw is kept. */
export interface Completed {
  readonly revision: number
  readonly state: unknown
  /** It is not kept at once. */
  waits(): void
  /** What it saw is kept: answer, tell. */
  committed(): void
  /** It is not known whether it is kept. */
  uncertain(error: unknown): void
}

/** Whose state it is. */
export interface Owner {
  readonly identity: Identity
  readonly data: Data
  /** `version`: of the callbacks that write the state. */
  readonly settings: { readonly version: number }
}

class StateChange implements Change {
  constructor(
    private readonly base: unknown,
    readonly state: unknown,
    readonly revision: number,
    readonly version: number,
  ) {}

  get patches(): readonly Patch[] {
    return diff(this.base, this.state)
  }
}

/**
 * The keeper of one server: one commit in flight; what completes meanwhile is coalesced into the next, in order. With a keeper that answers
 * at once nothing ever waits here.
 */
export class Commits {
  /** The newest revision that the keeper confirmed, and its state; at 0 nothing is stored. */
  revision = 0
  state: unknown = undefined

  private inFlight: Completed[] | undefined = undefined
  /** Kept, and being told so: nobody may call them uncertain any more. */
  private untold = 0
  private waiting: Completed[] | undefined = undefined
  private waitingForIdle: Waiters | undefined = undefined
  private life = 0
  private loads = 0

  constructor(
    private readonly keeper: Keeper,
    private readonly owner: Owner,
  ) {}

  /** How many completed messages wait to be kept, or to be told that they are. */
  get pending(): number {
    return (this.inFlight?.length ?? 0) + this.untold + (this.waiting?.length ?? 0)
  }

  /** What the keeper holds. A store that lost what it had confirmed is given it again: it was promised to callers. */
  load(): Kept | undefined | Promise<Kept | undefined> {
    const load = (this.loads += 1)
    const idle = this.idle() // the first state of a start that was given up may still be on its way
    const found =
      idle === undefined
        ? this.keeper.load(this.owner.identity)
        : idle.then(() => this.keeper.load(this.owner.identity))
    return isPromiseLike(found) ? found.then(kept => this.loaded(load, kept)) : this.loaded(load, found)
  }

  private loaded(load: number, found: Kept | undefined): Kept | undefined | Promise<Kept | undefined> {
    if (load !== this.loads) throw new Error('this load was given up, and another has taken its place')
    if (found !== undefined && found.revision >= this.revision) {
      this.revision = found.revision
      this.state = this.owner.data.keep(found.state)
      return { ...found, state: this.state }
    }
    if (this.revision === 0) return undefined
    const lost: Kept = { state: this.state, revision: this.revision, version: this.owner.settings.version }
    const change = new StateChange(undefined, lost.state, lost.revision, lost.version)
    const given = this.keeper.commit(this.owner.identity, change, found?.revision ?? 0)
    return isPromiseLike(given) ? given.then(() => lost) : lost
  }

  /** Forgets the kept state: the next start is a first start. */
  async reset(): Promise<void> {
    await this.keeper.remove(this.owner.identity)
    this.revision = 0
    this.state = undefined
  }

  /** This keeper is killed: what was on its way is uncertain, what was confirmed is there. The next life loads. */
  exit(error: Error): void {
    this.life += 1
    if (this.inFlight !== undefined) this.fail(this.inFlight, error)
  }

  /** Keeps what a message completed, then tells it so: at once, or else it has to wait. */
  add(completed: Completed): void {
    if (!this.isIdle) {
      completed.waits()
      this.waiting ??= []
      this.waiting.push(completed)
    } else if (completed.revision === this.revision) completed.committed()
    else this.commit(completed, undefined)
  }

  /** Resolves once nothing is on its way to the keeper. */
  idle(): Promise<void> | undefined {
    return this.isIdle ? undefined : (this.waitingForIdle ??= new Waiters()).wait()
  }

  /** Is nothing on its way to the keeper? */
  get isIdle(): boolean {
    return this.inFlight === undefined && this.untold === 0
  }

  private commit(newest: Completed, batch: Completed[] | undefined): void {
    let done: PromiseLike<unknown> | undefined
    try {
      const base = this.revision === 0 ? undefined : this.state // a first state that is not stored is no base
      const change = new StateChange(base, newest.state, newest.revision, this.owner.settings.version)
      const answer: unknown = this.keeper.commit(this.owner.identity, change, this.revision)
      done = isPromiseLike(answer) ? answer : undefined
    } catch (error) {
      this.fail(batch ?? [newest], error)
      return
    }
    if (done === undefined) {
      this.advance(newest)
      if (batch === undefined) newest.committed()
      else this.tell(batch)
      return
    }
    if (batch === undefined) newest.waits()
    const flight = (this.inFlight = batch ?? [newest])
    const { life } = this
    Promise.resolve(done).then(
      () => {
        if (life !== this.life) return
        this.inFlight = undefined
        this.advance(newest)
        this.tell(flight)
        this.commitWaiting()
      },
      (error: unknown) => {
        if (life === this.life) this.fail(flight, error)
      },
    )
  }

  private commitWaiting(): void {
    for (let batch = this.waiting; batch !== undefined; batch = this.waiting) {
      this.waiting = undefined
      const newest = batch.at(-1) as Completed
      if (newest.revision === this.revision) this.tell(batch)
      else this.commit(newest, batch)
      if (this.inFlight !== undefined) return
    }
    this.waitingForIdle?.release()
  }

  private tell(batch: readonly Completed[]): void {
    this.untold = batch.length
    for (const completed of batch) {
      completed.committed()
      this.untold -= 1
    }
  }

  private advance(newest: Completed): void {
    this.revision = newest.revision
    this.state = newest.state
  }

  private fail(flight: Completed[], error: unknown): void {
    const uncertain = [...flight, ...(this.waiting ?? [])]
    this.inFlight = undefined
    this.waiting = undefined
    for (const completed of uncertain) completed.uncertain(error)
    this.waitingForIdle?.release()
  }
}
