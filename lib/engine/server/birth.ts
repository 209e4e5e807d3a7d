import type { ExitReason } from '../exit.js'
import type { Ref } from '../ref.js'
import { copyEffects, type Effects } from '../worker/effects.js'
import type { Birth } from '../worker/life.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/** What a worker is told of the life it lives. Asked for, not held: most lives ask for nothing. */
export class BirthOf implements Birth {
  private token: string | undefined = undefined

  constructor(
    private readonly home: Home,
    private readonly life: Incarnation,
  ) {}

  get server(): string {
    return this.home.address
  }

  get name(): string {
    return this.home.name
  }

  get key(): string | undefined {
    return this.home.key
  }

  get worker(): number {
    return this.life.number
  }

  get id(): string {
    return (this.token ??= this.home.nextId())
  }

  get restarts(): number {
    return this.life.number - 1
  }

  // An error holds on to the life it was thrown in: were it held here, each life would hold on to all before it.
  get cause(): ExitReason | undefined {
    return this.home.cause
  }

  get self(): Ref {
    return this.home.self
  }

  perform(effects: Effects): void {
    const { data } = this.home
    this.life.perform(copyEffects(effects, value => data.copy(value)))
  }

  report(where: string, error: unknown): void {
    this.home.report(where, error)
  }
}
