import { NoSuchServerError } from '../errors.js'
import type { PeeperEvent } from '../events.js'
import type { ExitReason, GivenReason } from '../exit.js'
import { WORKER_SUFFIX } from '../identity.js'
import type { Observable } from '../listener/observable.js'
import type { CallOptions, Ref } from '../ref.js'
import { call, tell } from '../server/sending.js'
import { badTimeout } from '../timeout.js'
import type { Status } from '../server/server.js'
import type { Residents } from './residents.js'

/**
 * The address of one keyed server, whether it is in memory or not: the first message brings it there. Made by `family.for(key)`; costs next to
 * nothing, so make one where you need it.
 *
 * @example
 * const lots = engine.family({ name: 'lot', state: 0, callbacks: { call: { bid: (top: number, by: number) => top + by } } })
 * await lots.for('42').call('bid', 7) // 7
 */
export class Member implements Ref {
  /** @internal Members are made by `family.for`. */
  constructor(
    private readonly residents: Residents,
    readonly key: string,
  ) {}

  get name(): string {
    return this.residents.household.options.name
  }

  /** The state after each committed change, from now on, whether the server stays in memory or comes and goes. Subscribing wakes nobody. */
  get changes$(): Observable<unknown> {
    return this.residents.household.changes.of(this.key)
  }

  /** What happens to this server, `passivated` included. Subscribing wakes nobody. */
  get events$(): Observable<PeeperEvent> {
    return this.residents.household.environment.eventsOf(this.address)
  }

  /** @throws as a rejection, besides what any server rejects with: ResidentsFullError */
  call(message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return call(this.residents.of(this.key).home, message, payload, options)
  }

  cast(message: string, payload?: unknown): void {
    tell(this.residents.of(this.key).home, 'cast', message, payload)
  }

  send<M extends string>(message: M, payload?: unknown): M {
    tell(this.residents.of(this.key).home, 'info', message, payload)
    return message
  }

  /** Ends the running life, if there is one. */
  exit(reason: GivenReason): void {
    this.residents.get(this.key)?.server.exit(reason)
  }

  /**
   * Ends the running life, if there is one, when all that was sent before is served; after `timeout` ms (default 5 000) that is rejected. The state
   * is kept, and the next message brings the server back, also one that is sent meanwhile.
   *
   * @throws BadOptionError
   */
  async stop(reason: ExitReason = 'normal', timeout = 5_000): Promise<void> {
    const problem = badTimeout(`stop of '${this.address}'`, timeout)
    if (problem !== undefined) throw problem
    await this.residents.stop(this.key, reason, timeout)
  }

  /** This life alone: what is sent to it fails once it is dead. Throws `NoSuchServerError` when none runs. */
  worker(): Ref {
    const resident = this.residents.get(this.key)
    if (resident !== undefined) return resident.server.worker()
    throw new NoSuchServerError(
      `${this.address}${WORKER_SUFFIX}`,
      `'${this.address}' has no running worker now; send to '${this.address}' itself.`,
    )
  }

  /** How it is now, without waking it: `passive`, with neither worker nor state, when it is not in memory. */
  status(): Status {
    const { household } = this.residents
    return (
      this.residents.get(this.key)?.server.status() ?? {
        server: this.address,
        status: 'passive',
        worker: 0,
        restartsLeft: household.blueprint.settings.maxRestarts,
        queued: 0,
        revision: 0,
        state: undefined,
      }
    )
  }

  /** Resolves when nothing waits, nothing runs and everything is committed. */
  async drained(): Promise<void> {
    await this.residents.get(this.key)?.server.drained()
  }

  private get address(): string {
    return this.residents.addressOf(this.key)
  }
}
