import type { ChildSpec } from '../child-spec.js'
import { BadOptionError, NoSuchServerError, ServerClosingError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import type { Prompt } from '../promptly.js'
import type { Server } from '../server/server.js'
import type { ServerOptions } from '../server/settings.js'
import { NoSuchSupervisorError, SupervisorDownError } from '../supervisor/errors.js'
import type { Supervisor } from '../supervisor/supervisor.js'
import type { Surroundings } from '../surroundings.js'
import { NamedSupervisor, type Grove } from './named-supervisor.js'
import {
  childStartOf,
  supervisionOf,
  type ServerPlace,
  type StartSupervisorOptions,
  type SupervisorChild,
  type SupervisorStart,
} from './options.js'
import { Places } from './places.js'
import { Transfers, type Trunk } from './transfer.js'

/** How an engine is: green while no server and no supervisor is down, and no server waits for its store. */
export interface Health {
  readonly healthy: boolean
  /** Servers and supervisors that gave up. */
  readonly down: readonly string[]
  /** Servers that wait for their store to answer, many of one name as one; left out where none does. */
  readonly waiting?: readonly string[]
}

/** The supervisors of an engine by name, and which of them each server is under. */
export class Tree implements Grove, Trunk {
  private readonly supervisors = new Map<string, NamedSupervisor>()
  private readonly places: Places
  private readonly transfers: Transfers

  constructor(
    private readonly surroundings: Surroundings,
    private readonly root: Supervisor,
  ) {
    this.places = new Places(surroundings.registry)
    this.transfers = new Transfers(surroundings, this, this.places)
    surroundings.registry.reserve(root.name)
  }

  async startSupervisor({ supervisor, ...options }: StartSupervisorOptions): Promise<void> {
    if (this.surroundings.intake.refuses()) throw new ServerClosingError(options.name)
    const parent =
      supervisor === undefined || supervisor === this.root.name ? undefined : this.running(supervisor)
    const made = this.make(options, parent)
    try {
      await this.supervisorOf(parent).startChild(made.spec)
    } catch (error) {
      this.forget(made, false)
      throw error
    }
  }

  /** Starts a server at its place; one that has ended starts where it was. */
  startServer(server: Server, place: ServerPlace = {}): Prompt<void> {
    if (place.supervisor !== undefined && place.supervisor !== this.root.name)
      this.places.put(server, this.running(place.supervisor), place, false)
    return this.fill(this.places.of(server)?.supervisor, this.places.specOf(server))
  }

  /** Ends a child and keeps its specification. */
  async terminateChild(supervisor: string, id: string): Promise<void> {
    const at = this.named(supervisor)
    if (this.supervisorOf(at).hasChild(id)) await this.supervisorOf(at).terminateChild(id)
    else this.childOf(at, id) // it has ended already, and is known
  }

  /** Starts a child again that was terminated or ended, with its children if it is a supervisor. */
  async restartChild(supervisor: string, id: string): Promise<void> {
    const at = this.named(supervisor)
    const child = this.childOf(at, id)
    if (!hasEnded(child)) return
    await this.fill(at, child instanceof NamedSupervisor ? child.spec : this.places.specOf(child))
  }

  /** Forgets a child that does not run: its name is free again. */
  deleteChild(supervisor: string, id: string): void {
    const at = this.named(supervisor)
    const child = this.childOf(at, id)
    if (!hasEnded(child))
      throw new BadOptionError(`supervisor '${supervisor}'`, 'child', id, 'terminated before it is deleted')
    if (this.supervisorOf(at).hasChild(id)) this.supervisorOf(at).deleteChild(id)
    if (child instanceof NamedSupervisor) this.forget(child, true)
    else this.forgetServer(child)
  }

  /** Moves a server as it is, running or not, from one supervisor to another. */
  transfer(server: string, from: string, to: string): Promise<void> {
    return this.transfers.transfer(server, from, to)
  }

  /** A supervisor by name; without one the root. Throws `NoSuchSupervisorError`. */
  find(name?: string): Supervisor {
    return this.supervisorOf(name === undefined ? undefined : this.named(name))
  }

  has(name: string): boolean {
    return name === this.root.name || this.supervisors.has(name)
  }

  get health(): Health {
    const { down, waiting } = this
    const healthy = down.length === 0 && waiting.length === 0
    return waiting.length === 0 ? { healthy, down } : { healthy, down, waiting }
  }

  // Many of one name are told of as one.
  private get waiting(): string[] {
    const homes = this.surroundings.registry.all().map(({ home }) => home)
    return [...new Set(homes.filter(({ awaitsStore }) => awaitsStore).map(({ identity }) => identity.name))]
  }

  /** The servers that are down, and the supervisors that gave up. */
  get down(): string[] {
    const servers = this.surroundings.registry.all().filter(({ home }) => home.status === 'down')
    const supervisors = [...this.supervisors.values()].filter(({ status }) => status === 'down')
    return [...servers.map(({ home }) => home.address), ...supervisors.map(({ name }) => name)]
  }

  // ---- what supervisors tell

  started({ name }: NamedSupervisor): void {
    this.surroundings.emit({ type: 'supervisor-started', server: name })
  }

  stopped({ name }: NamedSupervisor, reason: ExitReason): void {
    this.surroundings.emit({ type: 'supervisor-stopped', server: name, reason })
  }

  gaveUp(supervisor: NamedSupervisor, reason: ExitReason, forGood: boolean): void {
    this.surroundings.emit({ type: 'supervisor-down', server: supervisor.name, reason })
    if (forGood) this.goDown(supervisor, reason)
  }

  // What it ended on its way down is down with it: nobody asked for that end.
  private goDown(supervisor: NamedSupervisor, reason: ExitReason): void {
    for (const { home } of this.places.serversOf(supervisor))
      if (home.status === 'stopped' && home.cause === 'shutdown') home.close('down', reason)
    for (const child of this.supervisorsOf(supervisor)) {
      if (child.status === 'stopped' && child.reason === 'shutdown') {
        child.status = 'down'
        child.reason = reason
      }
      if (child.status === 'down') this.goDown(child, reason)
    }
  }

  // ---- making and finding

  private make(options: SupervisorStart, parent: NamedSupervisor | undefined): NamedSupervisor {
    const { registry, clock } = this.surroundings
    const supervision = supervisionOf(options)
    const { name } = supervision
    registry.reserve(name)
    const onError = (error: unknown): void => {
      this.surroundings.emit({ type: 'error', server: name, where: 'supervisor', error })
    }
    return new NamedSupervisor({ ...supervision, clock, onError }, parent, this, made => {
      this.supervisors.set(name, made)
      try {
        return (options.children ?? []).map(child => this.makeChild(child, made))
      } catch (error) {
        this.forget(made, false)
        throw error
      }
    })
  }

  private makeChild(child: SupervisorChild, parent: NamedSupervisor): ChildSpec {
    const start = childStartOf(child)
    if ('supervisor' in start) return this.make(start.supervisor, parent).spec
    const { server: given, place } = start
    const known = typeof given === 'string' ? this.surroundings.registry.get(given) : undefined
    if (typeof given === 'string' && known === undefined) throw this.surroundings.registry.missing(given)
    const server = known ?? this.surroundings.declare(given as ServerOptions)
    try {
      this.places.put(server, parent, place, known === undefined)
    } catch (error) {
      if (known === undefined) this.forgetServer(server)
      throw error
    }
    return this.places.specOf(server)
  }

  private fill(at: NamedSupervisor | undefined, spec: ChildSpec): Prompt<void> {
    const supervisor = at === undefined ? this.root : this.running(at.name).supervisor
    return supervisor.hasChild(spec.id) ? refill(supervisor, spec) : supervisor.beginChild(spec)
  }

  private childOf(at: NamedSupervisor | undefined, id: string): Server | NamedSupervisor {
    const child = this.places.at(at, id) ?? this.supervisorsOf(at).find(({ name }) => name === id)
    if (child === undefined) throw new NoSuchServerError(`${(at ?? this.root).name} › ${id}`)
    return child
  }

  private supervisorsOf(at: NamedSupervisor | undefined): NamedSupervisor[] {
    return [...this.supervisors.values()].filter(({ parent }) => parent === at)
  }

  /** A named supervisor; `undefined` is the root. Throws `NoSuchSupervisorError`. */
  named(name: string): NamedSupervisor | undefined {
    const found = this.supervisors.get(name)
    if (found === undefined && name !== this.root.name) throw new NoSuchSupervisorError(name)
    return found
  }

  /** One that runs. Throws `NoSuchSupervisorError`, `SupervisorDownError`. */
  running(name: string): NamedSupervisor {
    const found = this.supervisors.get(name)
    if (found === undefined) throw new NoSuchSupervisorError(name)
    if (!found.isRunning)
      throw new SupervisorDownError(name, (found.parent?.supervisor ?? this.root).name, found.reason)
    return found
  }

  supervisorOf(named: NamedSupervisor | undefined): Supervisor {
    return named?.supervisor ?? this.root
  }

  // Servers that were known before it stay known, unless all of it goes.
  private forget(supervisor: NamedSupervisor, withAll: boolean): void {
    for (const server of this.places.serversOf(supervisor))
      if (withAll || this.places.of(server)?.own === true) this.forgetServer(server)
      else this.places.set(server, undefined)
    for (const child of this.supervisorsOf(supervisor)) this.forget(child, withAll)
    this.supervisors.delete(supervisor.name)
    this.surroundings.registry.release(supervisor.name)
  }

  private forgetServer(server: Server): void {
    this.places.set(server, undefined)
    this.surroundings.registry.remove(server.name)
    server.home.listeners.end()
  }
}

const refill = async (supervisor: Supervisor, spec: ChildSpec): Promise<void> => {
  await supervisor.terminateChild(spec.id) // it has ended, and its supervisor may be yet to hear of it
  await (supervisor.hasChild(spec.id) ? supervisor.restartChild(spec.id) : supervisor.startChild(spec))
}

const hasEnded = (child: Server | NamedSupervisor): boolean =>
  child instanceof NamedSupervisor ? !child.isRunning : child.home.hasEnded
