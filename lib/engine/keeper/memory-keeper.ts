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
  /** The keys of a name in their order, of names that were listed. */
  private readonly ordered = new Map<string, readonly string[]>()
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

  *list(name?: string, after?: string): Iterable<Identity> {
    if (after === undefined)
      for (const { server } of this.named.values())
        if (name === undefined || server.name === name) yield server
    for (const each of name === undefined ? this.keyed.keys() : [name]) yield* this.listKeyed(each, after)
  }

  private *listKeyed(name: string, after: string | undefined): Iterable<Identity> {
    const keys = this.inOrder(name)
    for (let at = after === undefined ? 0 : behind(keys, after); at < keys.length; at += 1) {
      const held = this.keyed.get(name)?.get(keys[at] as string)
      if (held !== undefined) yield held.server // or it was removed meanwhile
    }
  }

  // Made when it is first asked for, and again when there are new ones.
  private inOrder(name: string): readonly string[] {
    const found = this.ordered.get(name)
    if (found !== undefined) return found
    const keys = [...(this.keyed.get(name)?.keys() ?? [])].sort()
    this.ordered.set(name, keys)
    return keys
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
    this.ordered.delete(name)
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

/** Where the keys behind this one begin. */
const behind = (keys: readonly string[], after: string): number => {
  let [from, to] = [0, keys.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((keys[middle] as string) > after) to = middle
    else from = middle + 1
  }
  return from
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
