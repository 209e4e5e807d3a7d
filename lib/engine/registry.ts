import { AlreadyStartedError, NoSuchServerError } from './errors.js'
import { WORKER_SUFFIX } from './identity.js'
import type { Family } from './keyed/family.js'
import type { Ref } from './ref.js'
import type { Server } from './server/server.js'

/**
 * The servers of an engine by address, whatever their status: one that has ended stays, so that `start` brings it back. Of keyed servers the
 * families are known here, and those in memory through them. Maps, so that a server may be called `constructor`.
 */
export class Registry {
  private readonly servers = new Map<string, Server>()
  private readonly families = new Map<string, Family>()
  /** Names that are not to be had: those of supervisors. */
  private readonly reserved = new Set<string>()

  add(server: Server): void {
    this.checkFree(server.name)
    this.servers.set(server.name, server)
  }

  addFamily(family: Family): void {
    this.checkFree(family.name)
    this.families.set(family.name, family)
  }

  /** Takes a name that is no server's. */
  reserve(name: string): void {
    this.checkFree(name)
    this.reserved.add(name)
  }

  release(name: string): void {
    this.reserved.delete(name)
  }

  get(name: string): Server | undefined {
    return this.servers.get(name)
  }

  family(name: string): Family | undefined {
    return this.families.get(name)
  }

  /** Of `name` or `name/key`: the server, if it is here. */
  at(address: string): Server | undefined {
    const named = this.servers.get(address)
    if (named !== undefined) return named
    const [family, key] = this.keyedAt(address)
    return family?.server(key)
  }

  /** As {@link at}. Throws `NoSuchServerError`. */
  here(address: string): Server {
    const server = this.at(address)
    if (server === undefined) throw this.missing(address)
    return server
  }

  remove(name: string): void {
    this.servers.delete(name)
  }

  /** A server by its name, one of many by `name/key`, or the running worker of a name by `<name>.GenServer`. */
  resolve(address: string): Ref {
    const server = this.servers.get(address)
    if (server !== undefined) return server
    const [family, key] = this.keyedAt(address)
    if (family !== undefined) return family.for(key)
    const isWorker = typeof address === 'string' && address.endsWith(WORKER_SUFFIX)
    const owner = isWorker ? this.servers.get(address.slice(0, -WORKER_SUFFIX.length)) : undefined
    if (owner === undefined) throw this.missing(address)
    return owner.worker()
  }

  /** There is no server of this name, or none of this key in memory. */
  missing(address: string): NoSuchServerError {
    if (this.families.has(address))
      return new NoSuchServerError(
        address,
        `Servers of this name are keyed: send to one of them, '${address}/<key>'.`,
      )
    const [family] = this.keyedAt(address)
    return family === undefined
      ? new NoSuchServerError(address)
      : new NoSuchServerError(address, 'It is keyed and not in memory now: its next message brings it there.')
  }

  /** All that have a name of their own. */
  named(): Server[] {
    return [...this.servers.values()]
  }

  /** These, and the keyed ones in memory. */
  all(): Server[] {
    return [...this.servers.values(), ...this.allFamilies().flatMap(family => family.servers())]
  }

  allFamilies(): Family[] {
    return [...this.families.values()]
  }

  // No name holds a '/', a key may.
  private keyedAt(address: string): [family: Family | undefined, key: string] {
    const slash = typeof address === 'string' ? address.indexOf('/') : -1
    return slash === -1
      ? [undefined, '']
      : [this.families.get(address.slice(0, slash)), address.slice(slash + 1)]
  }

  private checkFree(name: string): void {
    if (this.servers.has(name) || this.families.has(name) || this.reserved.has(name))
      throw new AlreadyStartedError(name)
  }
}
