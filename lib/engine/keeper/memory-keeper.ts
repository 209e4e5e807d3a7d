import { Agenda } from '../agenda.js'
import { addressOf, type Identity } from '../identity.js'
import { StaleOwnerError } from './errors.js'
import type { Change, Due, Keeper, Kept } from './keeper.js'
import { KeptHoldings } from './kept-holdings.js'

/** What is held of one server. A commit writes into it: a new one each time would be a young object in an old map, which V8 has to keep book of. */
interface Held {
  readonly server: Identity
  revision: number
  version: number
  state: unknown
  wakeAt: number | undefined
}

class MemoryKeeper implements Keeper {
  private readonly named = new Map<string, Held>()
  /** By name, then by key: an address would have to be put together for each commit. */
  private readonly keyed = new Map<string, Map<string, Held>>()
  /** Of servers that have tables or a dictionary, by address. */
  private readonly holdings = new Map<string, KeptHoldings>()
  private readonly wakes = new Agenda<Identity>()

  load(server: Identity): Kept | undefined {
    const found = this.find(server)
    if (found === undefined) return undefined
    const { revision, version, state } = found
    const held = this.holdings.size === 0 ? undefined : this.holdings.get(addressOf(server))
    return { revision, version, state, tables: held?.tables, dictionary: held?.dictionary }
  }

  commit(server: Identity, change: Change, expectedRevision: number): void {
    const found = this.find(server)
    const stored = found?.revision ?? 0
    if (stored !== expectedRevision) throw new StaleOwnerError(addressOf(server), expectedRevision, stored)
    const { revision, version, state, wakeAt } = change
    if (wakeAt !== found?.wakeAt) this.wakeAt(server, wakeAt)
    if (change.tables.length > 0 || change.dictionary.length > 0) this.hold(addressOf(server), change)
    if (found === undefined) this.add({ server, revision, version, state, wakeAt })
    else {
      found.revision = revision
      found.version = version
      found.state = state
      found.wakeAt = wakeAt
    }
  }

  remove(server: Identity): void {
    const { name, key } = server
    if (key === undefined) this.named.delete(name)
    else this.keyed.get(name)?.delete(key)
    this.holdings.delete(addressOf(server))
    this.wakes.delete(addressOf(server))
  }

  due(until: number, limit: number): readonly Due[] {
    const due: Due[] = []
    for (const { at, what: server } of this.wakes.until(until)) {
      if (due.length >= limit) break
      due.push({ server, at })
    }
    return due
  }

  *list(name?: string): Iterable<Identity> {
    for (const { server } of this.named.values()) if (name === undefined || server.name === name) yield server
    for (const [each, all] of this.keyed)
      if (name === undefined || each === name) for (const { server } of all.values()) yield server
  }

  private find({ name, key }: Identity): Held | undefined {
    return key === undefined ? this.named.get(name) : this.keyed.get(name)?.get(key)
  }

  private add(held: Held): void {
    const { name, key } = held.server
    if (key === undefined) {
      this.named.set(name, held)
      return
    }
    const all = this.keyed.get(name) ?? new Map<string, Held>()
    this.keyed.set(name, all.set(key, held))
  }

  private wakeAt(server: Identity, at: number | undefined): void {
    if (at === undefined) this.wakes.delete(addressOf(server))
    else this.wakes.set(addressOf(server), at, server)
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
