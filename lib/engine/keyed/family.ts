import type { Child, Exited } from '../child-spec.js'
import type { Keeper } from '../keeper/keeper.js'
import type { Broadcast } from '../listener/broadcast.js'
import { KeyedChanges } from '../listener/keyed-changes.js'
import { changesOn } from '../listener/listeners.js'
import { OptionCheck } from '../server/option-check.js'
import { badTimeout } from '../timeout.js'
import type { Environment } from '../server/environment.js'
import { firstStateOf } from '../server/first-state.js'
import type { Server } from '../server/server.js'
import type { ExitReason } from '../exit.js'
import type { Woken } from '../alarm.js'
import { Supervisor } from '../supervisor/supervisor.js'
import { checkKey } from './keys.js'
import { Member } from './member.js'
import { Residents } from './residents.js'
import { familySettingsOf, type FamilyOptions, type KeysPage, type PageOptions } from './settings.js'

/**
 * Many servers of one name, each with a key of its own: `lot/1`, `lot/2`, … One starts by itself at its first message, leaves memory when it has
 * been idle, and comes back with its state at the next message. There is never more than one worker of a key. A server is stored at its first
 * change, not at its start: one that was only read leaves no trace.
 *
 * For many things of one kind that live on their own: lots, carts, sessions, devices. For one thing use `engine.start`.
 *
 * @example
 * const lots = engine.family({ name: 'lot', state: 0, callbacks: { call: { bid: (top: number, by: number) => noreply({ state: top + by }) } } })
 * lots.for('42').cast('bid', 7)
 */
export class Family {
  private readonly residents: Residents
  private readonly keeper: Keeper

  /** @internal Families are made by `engine.family`. */
  constructor(
    private readonly environment: Environment,
    given: FamilyOptions,
  ) {
    const { keyed, server } = familySettingsOf(given)
    const blueprint = environment.blueprints.of(server)
    const { data } = blueprint.program
    this.keeper = environment.keepers.of(server)
    const options = { ...server, state: firstStateOf(server.state, data, server.name) }
    const report = (key: string, error: unknown): void => {
      const address = this.residents.addressOf(key)
      environment.emit({ type: 'error', server: address, where: 'subscriber of changes$', error })
    }
    const changes = new KeyedChanges(
      key =>
        changesOn({
          data,
          report: (_, error) => {
            report(key, error)
          },
        }),
      (key: string, watched: Broadcast<unknown>) => {
        this.residents.get(key)?.server.home.listeners.follow(watched)
      },
      report,
    )
    this.residents = new Residents({ environment, options, blueprint, keyed, changes })
  }

  get name(): string {
    return this.residents.household.options.name
  }

  /**
   * The server of this key. Wakes nobody; the first message does.
   *
   * @throws BadKeyError
   */
  for(key: string): Member {
    // One that is in memory was checked as it came there.
    return new Member(this.residents, this.residents.get(key) === undefined ? checkKey(this.name, key) : key)
  }

  /** All keys that are stored or in memory, each once, in no order. */
  async *keys(): AsyncIterable<string> {
    const told = new Set(this.resident())
    yield* told
    for await (const { name, key } of this.keeper.list(this.name))
      if (name === this.name && key !== undefined && !told.has(key)) yield key
  }

  /**
   * The stored keys by page, in the order of the store: for an administration that shows them, and for stores of many. It reads no more than the page
   * and one key, and no state. What is stored or forgotten meanwhile may be on a later page or not; no other key is left out or told twice.
   *
   * @example
   * const lots = engine.family({ name: 'lot', state: 0, callbacks: {} })
   * const { keys, next } = await lots.page({ limit: 20 })
   * const more = await lots.page({ after: next, limit: 20 })
   * @throws BadKeyError, BadOptionError
   */
  async page({ after, limit = 100 }: PageOptions = {}): Promise<KeysPage> {
    const check = new OptionCheck(`page of '${this.name}'`)
    check.positive('limit', check.count('limit', limit))
    if (after !== undefined) checkKey(this.name, after)
    const keys: string[] = []
    for await (const { name, key } of this.keeper.list(this.name, after)) {
      if (name !== this.name || key === undefined) continue
      if (keys.length === limit) return { keys, next: keys.at(-1) }
      keys.push(key)
    }
    return { keys, next: undefined }
  }

  /** The keys whose servers are in memory now. */
  resident(): string[] {
    return this.residents.all().flatMap(({ key, hasPlace }) => (hasPlace ? [key] : []))
  }

  /**
   * Ends the running life of this key, if there is one, when all that was sent before is served; after `timeout` ms (default 5 000) that is
   * rejected. Its state is kept, and the next message brings it back.
   *
   * @throws BadKeyError, BadOptionError
   */
  async stop(key: string, reason?: ExitReason, timeout?: number): Promise<void> {
    await this.for(key).stop(reason, timeout)
  }

  /**
   * As {@link stop}, and its state goes too, of a server in memory or not. What is sent meanwhile waits, and starts it anew, from nothing. Rejects
   * with the keeper's own error if that cannot remove the state.
   *
   * @throws BadKeyError, BadOptionError
   */
  async forget(key: string, timeout = 5_000): Promise<void> {
    const problem = badTimeout(`forget of '${this.name}'`, timeout)
    if (problem !== undefined) throw problem
    await this.residents.forget(checkKey(this.name, key), timeout)
  }

  /** @internal The supervisor of the residents, as a child of the root: while it runs, they are started. */
  branch(): Child {
    const { name } = this
    const supervisor = new Supervisor({ name, clock: this.environment.clock })
    return {
      start: (exited: Exited) => {
        const started = supervisor.begin(exited)
        this.residents.open(supervisor) // it has no child to wait for
        this.environment.alarm.watch(this.keeper)
        return started
      },
      stop: (reason, shutdown) => {
        this.residents.shut()
        return supervisor.finish(reason, shutdown)
      },
    }
  }

  /** @internal Starts the one of this key for its reminders, if there is room; with a keeper, if it is kept in that. */
  wake(key: string | undefined, keeper?: Keeper): Woken {
    if (key === undefined || (keeper !== undefined && keeper !== this.keeper)) return 'unknown'
    return this.residents.wake(key)
  }

  /** @internal All of which something is in memory. */
  servers(): Server[] {
    return this.residents.all().map(({ server }) => server)
  }

  /** @internal The one of this key, if something of it is in memory. */
  server(key: string): Server | undefined {
    return this.residents.get(key)?.server
  }

  /** @internal The engine has closed. */
  end(): void {
    this.residents.end()
    this.residents.household.changes.end()
  }
}
