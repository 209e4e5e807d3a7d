import type { PeeperError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import { addressOf } from '../identity.js'
import type { KeyedChanges } from '../listener/keyed-changes.js'
import { Envelope } from '../mailbox/envelope.js'
import { done, promptly } from '../promptly.js'
import type { Woken } from '../reminders/alarm.js'
import type { Blueprint } from '../server/blueprints.js'
import type { Environment } from '../server/environment.js'
import type { ServerOptions } from '../server/settings.js'
import type { Supervisor } from '../supervisor/supervisor.js'
import { ResidentsFullError } from './errors.js'
import { Resident } from './resident.js'
import { Rest } from './rest.js'
import type { KeyedOptions } from './settings.js'

/** What the residents of a family share. */
export interface Household {
  readonly environment: Environment
  /** What each is made with. */
  readonly options: ServerOptions
  readonly blueprint: Blueprint
  readonly keyed: Required<KeyedOptions>
  readonly changes: KeyedChanges
}

/**
 * The keyed servers of one name that are in memory: who has a place, who is idle, the least recently used first, and who waits for a place.
 * Of a key that is not here nothing is held.
 */
export class Residents {
  /** How many are about to give up their place. */
  passivating = 0
  private readonly known = new Map<string, Resident>()
  private readonly idle: Rest
  private readonly line = new Set<Resident>()
  private supervisor: Supervisor | undefined = undefined
  /** Where one stands of which nothing is in memory: calls are rejected until they are started, and once they are no more. */
  absent: 'new' | 'starting' | 'stopped' = 'new'
  private places = 0
  private launches = 0

  constructor(readonly household: Household) {
    this.idle = new Rest(household.environment.clock, household.keyed.idle, () => this.all())
  }

  /** From now on they are started, under this supervisor. */
  open(supervisor: Supervisor): void {
    this.supervisor = supervisor
    this.absent = 'starting'
    for (const resident of this.line) resident.home.status = 'starting'
    this.admit()
  }

  /** From now on none is. */
  shut(): void {
    this.supervisor = undefined
    this.absent = 'stopped'
  }

  /** Are they started? Until then casts wait in line. */
  get isOpen(): boolean {
    return this.supervisor !== undefined
  }

  /** Who still waits for a place is told that there will be none. */
  end(): void {
    this.shut()
    for (const { home } of [...this.line]) home.close('stopped', 'shutdown')
  }

  get(key: string): Resident | undefined {
    return this.known.get(key)
  }

  knows(resident: Resident): boolean {
    return this.known.get(resident.key) === resident
  }

  /** The server of this key: in memory from its first message on. */
  of(key: string): Resident {
    return this.known.get(key) ?? new Resident(this, key)
  }

  all(): Resident[] {
    return [...this.known.values()]
  }

  addressOf(key: string): string {
    return addressOf({ name: this.household.options.name, key })
  }

  /** Why one more cannot come now, if it cannot. */
  refusal(): PeeperError | undefined {
    const { environment, options, keyed } = this.household
    if (!this.isFull || this.line.size - this.passivating < keyed.maxWaiting) return undefined
    if (environment.isWatched)
      environment.emit({ type: 'overload', server: options.name, what: 'residents', limit: keyed.maxWaiting })
    return new ResidentsFullError(options.name, keyed.maxResident, keyed.maxWaiting)
  }

  /** One that is not here is to come for its reminders. It waits for nobody's place. */
  wake(key: string): Woken {
    if (this.known.has(key)) return 'here'
    if (this.isFull) return 'full'
    const { environment } = this.household
    const { home } = new Resident(this, key)
    environment.apart(() => {
      environment.deliver(new Envelope(home, 'info', 'wake', undefined, undefined, { type: 'wake' }))
    })
    return 'woken'
  }

  /** Its first message has come. */
  enter(resident: Resident): void {
    this.add(resident)
    resident.home.status = this.absent === 'new' ? 'new' : 'starting'
    this.line.add(resident)
    this.admit()
  }

  /** It has nothing to do: its idle time begins. */
  rest(resident: Resident): void {
    this.idle.begin(resident)
    if (this.line.size > 0) this.makeRoom()
  }

  /** It has something to do, or goes. */
  rouse(resident: Resident): void {
    if (resident.isResting) this.idle.end(resident)
  }

  /** No worker of it is left. If messages came meanwhile, it comes again. */
  left(resident: Resident): void {
    this.leavePlace(resident)
    this.admit()
    if (resident.home.mailbox.size > 0) {
      this.enter(resident)
      return
    }
    this.known.delete(resident.key)
    resident.dropped()
    this.household.environment.alarm.left(resident.home.identity, resident.home.commits.wakeAt)
  }

  /** It has ended, and all that waited for it is being told. */
  lost(resident: Resident): void {
    const { identity, status } = resident.home
    this.known.delete(resident.key)
    this.leavePlace(resident)
    this.admit()
    if (status === 'down') this.household.environment.alarm.fell(identity)
  }

  async stop(key: string, reason: ExitReason, timeout: number): Promise<void> {
    await this.known.get(key)?.leave(reason, timeout, false)
  }

  async forget(key: string, timeout = Infinity): Promise<void> {
    const known = this.known.get(key)
    if (known !== undefined) return known.leave('normal', timeout, true)
    const resident = new Resident(this, key)
    this.add(resident)
    return resident.erase()
  }

  private add(resident: Resident): void {
    this.known.set(resident.key, resident)
    const watched = this.household.changes.get(resident.key)
    if (watched !== undefined) resident.home.listeners.follow(watched)
  }

  private get isFull(): boolean {
    return !this.isOpen || (!this.hasRoom && this.idle.size === 0)
  }

  private get hasRoom(): boolean {
    return this.places < this.household.keyed.maxResident
  }

  // First come, first served.
  private admit(): void {
    if (this.supervisor === undefined) return
    for (const resident of this.line) {
      if (!this.hasRoom) break
      this.line.delete(resident)
      this.places += 1
      resident.hasPlace = true
      this.launch(resident, this.supervisor)
    }
    this.makeRoom()
  }

  private makeRoom(): void {
    while (this.passivating < this.line.size && this.isOpen && this.idle.passivateOne());
  }

  // Its place, or the one in the line.
  private leavePlace(resident: Resident): void {
    this.rouse(resident)
    this.line.delete(resident)
    if (resident.hasPlace) this.places -= 1
    if (resident.isPassivating) this.passivating -= 1
    resident.hasPlace = resident.isPassivating = false
  }

  private launch(resident: Resident, supervisor: Supervisor): void {
    const id = `${resident.home.address}#${(this.launches += 1)}` // the slot of its last life may not be empty yet
    this.household.environment.apart(() => {
      promptly(
        () => supervisor.beginChild({ id, create: () => resident, restart: 'temporary', type: 'supervisor' }),
        done,
        (error: unknown) => {
          resident.failed(error)
        },
      )
    })
  }
}
