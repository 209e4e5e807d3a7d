import type { ExitReason } from '../exit.js'
import type { Ref } from '../ref.js'
import type { Holdings } from '../tables/holdings.js'
import { copyEffects, type Effects } from '../worker/effects.js'
import type { Birth } from '../worker/life.js'
import type { Incarnation } from './incarnation.js'

/** What a worker is told of the life it lives. Asked for, not held: most lives ask for nothing. */
export class BirthOf implements Birth {
  constructor(private readonly life: Incarnation) {}

  get server(): string {
    return this.life.home.address
  }

  get name(): string {
    return this.life.home.identity.name
  }

  get key(): string | undefined {
    return this.life.home.identity.key
  }

  get worker(): number {
    return this.life.number
  }

  get restarts(): number {
    return this.life.number - 1
  }

  // An error holds on to the life it was thrown in: were it held here, each life would hold on to all before it.
  get cause(): ExitReason | undefined {
    return this.life.home.cause
  }

  get self(): Ref {
    return this.life.home.self
  }

  get holdings(): Holdings {
    return this.life.home.commits.holdings
  }

  nextId(): string {
    return this.life.home.nextId()
  }

  perform(effects: Effects): void {
    const { data } = this.life.home
    this.life.perform(copyEffects(effects, value => data.copy(value)))
  }

  lost(reason: Error): void {
    this.life.exit(reason)
  }

  report(where: string, error: unknown): void {
    this.life.home.report(where, error)
  }
}
