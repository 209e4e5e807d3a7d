import { backoff } from '../backoff.js'
import { PeeperError } from '../errors.js'
import type { PeeperEvent } from '../events.js'
import { StaleOwnerError, StoreAwayError } from './errors.js'

/** ms between two tries of a store, at the longest. */
const LONGEST = 5_000

/** Who is told of it. */
export interface Troubled {
  readonly address: string
  emit(event: PeeperEvent): void
}

/**
 * Is the store away? It is taken to be, whatever it fails with: its driver knows errors without number. But not when it fails with an error of
 * this library, which has found something that stays as it is: a damaged record, a format of a later release.
 */
export const isAway = (error: unknown): boolean =>
  !(error instanceof PeeperError) || error instanceof StoreAwayError

/** May the same be asked again, and go well? */
export const mayPass = (error: unknown): boolean => isAway(error) || error instanceof StaleOwnerError

/** What went wrong between a server and its store since the last commit that was confirmed. */
export class Trouble {
  private failures = 0
  private refusals = 0
  private next = 0
  private lostBy: 'load' | 'commit' | undefined = undefined

  constructor(private readonly owner: Troubled) {}

  /** The first one costs no time: the store is there, most likely. Nor does the first change of another owner, which is often an own one that came late. */
  commitFailed(error: unknown): void {
    const times = error instanceof StaleOwnerError ? (this.refusals += 1) : (this.failures += 1)
    if (times === 1) return
    this.wait(times)
    this.lose('commit', error)
  }

  loadFailed(error: unknown): void {
    this.wait((this.failures += 1))
    this.lose('load', error)
  }

  /** A disk that is full can be read: it is not back by that. */
  loaded(): void {
    if (this.lostBy === 'load') this.back()
  }

  /** The other owner went on. Each loss of this one is a change of that: who loses always need not wait longer and longer. */
  overtaken(): void {
    this.refusals = 0
  }

  confirmed(): void {
    if (this.lostBy !== undefined) this.back()
  }

  /** ms that are to pass before the store is asked again. Told once. */
  pause(): number {
    const ms = this.next
    this.next = 0
    return ms
  }

  private wait(times: number): void {
    this.next = backoff(times - 1, LONGEST)
  }

  private lose(by: 'load' | 'commit', error: unknown): void {
    if (this.lostBy !== undefined || !isAway(error)) return
    this.lostBy = by
    this.owner.emit({ type: 'store-lost', server: this.owner.address, reason: error })
  }

  private back(): void {
    this.lostBy = undefined
    this.owner.emit({ type: 'store-back', server: this.owner.address })
  }
}
