import { AlreadyStartedError, NoSuchServerError } from './errors.js'
import { WORKER_SUFFIX } from './identity.js'
import type { Ref } from './ref.js'
import type { Server } from './server/server.js'

/** The servers of an engine by name, whatever their status: one that has ended stays, so that `start` brings it back. A Map, so that a server may be called `constructor`. */
export class Registry {
  private readonly servers = new Map<string, Server>()

  add(server: Server): void {
    if (this.servers.has(server.name)) throw new AlreadyStartedError(server.name)
    this.servers.set(server.name, server)
  }

  get(name: string): Server | undefined {
    return this.servers.get(name)
  }

  remove(name: string): void {
    this.servers.delete(name)
  }

  /** A server by its name, or its running worker by `<name>.GenServer`. */
  resolve(name: string): Ref {
    const server = this.servers.get(name)
    if (server !== undefined) return server
    const isWorker = typeof name === 'string' && name.endsWith(WORKER_SUFFIX)
    const owner = isWorker ? this.servers.get(name.slice(0, -WORKER_SUFFIX.length)) : undefined
    if (owner === undefined) throw new NoSuchServerError(name)
    return owner.worker()
  }

  all(): Server[] {
    return [...this.servers.values()]
  }
}
