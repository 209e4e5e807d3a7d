import { addressOf, type Identity } from '../identity.js'
import { StaleOwnerError } from './errors.js'
import type { Change, Keeper, Kept } from './keeper.js'

class MemoryKeeper implements Keeper {
  private readonly records = new Map<string, Kept & { readonly server: Identity }>()

  load(server: Identity): Kept | undefined {
    return this.records.get(addressOf(server))
  }

  commit(server: Identity, { revision, version, state }: Change, expectedRevision: number): void {
    const address = addressOf(server)
    const found = this.records.get(address)?.revision ?? 0
    if (found !== expectedRevision) throw new StaleOwnerError(address, expectedRevision, found)
    this.records.set(address, { server, revision, version, state })
  }

  remove(server: Identity): void {
    this.records.delete(addressOf(server))
  }

  *list(name?: string): Iterable<Identity> {
    for (const { server } of this.records.values())
      if (name === undefined || server.name === name) yield server
  }
}

/**
 * Keeps states in this process's memory: they outlive every crash of a worker or a supervisor, not the end of the process. The default.
 * States are kept as they are, frozen and sharing what did not change, so a commit costs the same for a small state and a large one.
 *
 * @example
 * const engine = new Engine({ keeper: memoryKeeper() })
 */
export const memoryKeeper = (): Keeper => new MemoryKeeper()
