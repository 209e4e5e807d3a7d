import { addressOf, type Identity } from '../identity.js'
import { StaleOwnerError } from './errors.js'
import type { Change, Keeper, Kept } from './keeper.js'
import { KeptHoldings } from './kept-holdings.js'

class MemoryKeeper implements Keeper {
  private readonly records = new Map<string, Kept & { readonly server: Identity }>()
  /** Of servers that have tables or a dictionary. */
  private readonly holdings = new Map<string, KeptHoldings>()

  load(server: Identity): Kept | undefined {
    const address = addressOf(server)
    const found = this.records.get(address)
    const held = this.holdings.get(address)
    return found && held ? { ...found, tables: held.tables, dictionary: held.dictionary } : found
  }

  commit(server: Identity, change: Change, expectedRevision: number): void {
    const address = addressOf(server)
    const found = this.records.get(address)?.revision ?? 0
    if (found !== expectedRevision) throw new StaleOwnerError(address, expectedRevision, found)
    const { revision, version, state } = change
    if (change.tables.length > 0 || change.dictionary.length > 0) this.hold(address, change)
    this.records.set(address, { server, revision, version, state })
  }

  remove(server: Identity): void {
    const address = addressOf(server)
    this.records.delete(address)
    this.holdings.delete(address)
  }

  *list(name?: string): Iterable<Identity> {
    for (const { server } of this.records.values())
      if (name === undefined || server.name === name) yield server
  }

  private hold(address: string, change: Change): void {
    const held = this.holdings.get(address) ?? new KeptHoldings()
    held.apply(change)
    this.holdings.set(address, held)
  }
}

/**
 * Keeps states in this process's memory: they outlive every crash of a worker or a supervisor, not the end of the process. The default.
 * States are kept as they are, frozen and sharing what did not change, so a commit costs the same for a small state and a large one; of
 * tables it costs what was written.
 *
 * @example
 * const engine = new Engine({ keeper: memoryKeeper() })
 */
export const memoryKeeper = (): Keeper => new MemoryKeeper()
