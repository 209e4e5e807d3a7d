import { BadOptionError } from '../errors.js'
import type { Registry } from '../registry.js'
import type { Server } from '../server/server.js'
import { DuplicateChildError } from '../supervisor/errors.js'
import type { Seat } from '../supervisor/slot.js'
import { lifeOf, type NamedSupervisor } from './named-supervisor.js'
import type { ServerPlace } from './options.js'

/** Where a server is that is not under the root. */
export interface Place {
  readonly supervisor: NamedSupervisor
  readonly id: string
  readonly significant: boolean
  /** Was it declared by the start of its supervisor, and is to be forgotten if that fails? */
  readonly own: boolean
}

/** Which supervisor each server is under, whether it runs or not; without a place here it is under the root. */
export class Places {
  private readonly places = new WeakMap<Server, Place>()
  /** The same the other way round: by supervisor and id. */
  private readonly servers = new WeakMap<NamedSupervisor, Map<string, Server>>()

  constructor(private readonly registry: Registry) {}

  of(server: Server): Place | undefined {
    return this.places.get(server)
  }

  /** Its name among its siblings. */
  idOf(server: Server): string {
    return this.of(server)?.id ?? server.name
  }

  /** The server of this id. */
  at(supervisor: NamedSupervisor | undefined, id: string): Server | undefined {
    const found = supervisor === undefined ? this.registry.get(id) : this.servers.get(supervisor)?.get(id)
    if (found === undefined || this.of(found)?.supervisor !== supervisor) return undefined
    return this.registry.get(found.name) === found ? found : undefined // or its name has been forgotten
  }

  serversOf(supervisor: NamedSupervisor): Server[] {
    const ids = [...(this.servers.get(supervisor)?.keys() ?? [])]
    return ids.flatMap(id => this.at(supervisor, id) ?? [])
  }

  /** Its place for as long as it is known. Throws `BadOptionError`, `DuplicateChildError`. */
  put(server: Server, supervisor: NamedSupervisor, given: ServerPlace, own: boolean): void {
    const { home, name } = server
    const { id = name, significant = false } = given
    const place = this.of(server)
    if (place?.supervisor === supervisor && place.id === id && place.significant === significant) return
    if (place !== undefined || home.status !== 'new')
      throw new BadOptionError(
        `start of '${name}'`,
        'supervisor',
        supervisor.name,
        `left out, or where it was: a server stays at its place in the tree until it is moved: transfer('${name}', …)`,
      )
    if (significant && home.settings.restart === 'permanent')
      throw new BadOptionError(
        `server '${name}'`,
        'significant',
        true,
        'false, or restart other than permanent',
      )
    const there = { supervisor, id, significant, own }
    this.checkFree(there)
    this.set(server, there)
  }

  /** Throws `DuplicateChildError` if a server has this id there. */
  checkFree({ supervisor, id }: Pick<Place, 'supervisor' | 'id'>): void {
    if (this.at(supervisor, id) !== undefined) throw new DuplicateChildError(supervisor.name, id)
  }

  /** From now on it is there; without a place under the root. */
  set(server: Server, place: Place | undefined): void {
    const before = this.of(server)
    if (before !== undefined && this.at(before.supervisor, before.id) === server)
      this.servers.get(before.supervisor)?.delete(before.id)
    if (place === undefined) {
      this.places.delete(server)
      return
    }
    this.places.set(server, place)
    const siblings = this.servers.get(place.supervisor) ?? new Map<string, Server>()
    this.servers.set(place.supervisor, siblings.set(place.id, server))
  }

  /** A server as a child of the supervisor it is under. */
  specOf(server: Server): Seat {
    return this.seatOf(server, this.of(server))
  }

  /** The same, at another place. */
  seatOf({ home }: Server, place: Place | undefined): Seat {
    const type = 'supervisor'
    if (place === undefined)
      return { id: home.address, create: () => home.branch, restart: 'temporary', significant: false, type }
    const { id, significant } = place
    // The branch of a permanent server ends as it should only when its client stops it, and then for good.
    const restart = home.settings.restart === 'temporary' ? 'temporary' : 'transient'
    return { id, create: () => lifeOf(home.branch), restart, significant, type }
  }
}
