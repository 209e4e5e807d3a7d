import { setImmediate } from 'node:timers/promises'
import {
  replay,
  StaleOwnerError,
  type Change,
  type Due,
  type Identity,
  type Keeper,
  type Kept,
  type Patch,
} from 'nestjs-peeper/engine'
import { turns } from './latch.js'
import { Encoding } from './encoding.js'
import { dueBy } from './due-by.js'
import { holdingsOf } from './kept-holdings.js'

const SNAPSHOT_EVERY = 5

/** What is stored of one server: bytes only. */
interface Journal {
  readonly server: Identity
  revision: number
  version: number
  wakeAt: number | undefined
  snapshot: Buffer
  patches: Buffer[]
  /** What was written to tables and dictionary. */
  readonly written: Buffer[]
}

/**
 * A keeper as a store has it: it answers later, stores what changed and a snapshot now and then, and makes the state anew from that. So
 * patches that do not carry everything show, and so does what does not wait for the answer.
 */
class JournalKeeper implements Keeper {
  private readonly journals = new Map<string, Journal>()
  private readonly encoding = new Encoding()
  private last: Promise<unknown> = Promise.resolve()
  private turns = 0

  load(server: Identity): Promise<Kept | undefined> {
    return this.inTurn(() => {
      const journal = this.journals.get(keyOf(server))
      if (journal === undefined) return undefined
      const { revision, version, written } = journal
      const changes = written.map(bytes => this.encoding.fromBytes(bytes) as Change)
      return { revision, version, state: this.stateOf(journal), ...holdingsOf(changes) }
    })
  }

  commit(server: Identity, change: Change, expectedRevision: number): Promise<void> {
    return this.inTurn(() => {
      const found = this.journals.get(keyOf(server))
      if ((found?.revision ?? 0) !== expectedRevision)
        throw new StaleOwnerError(server.name, expectedRevision, found?.revision ?? 0)
      const journal = found ?? {
        server,
        revision: 0,
        version: 0,
        wakeAt: undefined,
        snapshot: this.encoding.toBytes(undefined),
        patches: [],
        written: [],
      }
      journal.patches.push(this.encoding.toBytes(change.patches))
      const { tables, dictionary } = change
      if (tables.length + dictionary.length > 0)
        journal.written.push(this.encoding.toBytes({ tables, dictionary }))
      journal.revision = change.revision
      journal.version = change.version
      journal.wakeAt = change.wakeAt
      if (journal.patches.length > SNAPSHOT_EVERY) this.compact(journal)
      this.journals.set(keyOf(server), journal)
    })
  }

  remove(server: Identity): Promise<void> {
    return this.inTurn(() => void this.journals.delete(keyOf(server)))
  }

  *list(): Iterable<Identity> {
    for (const { server } of this.journals.values()) yield server
  }

  due(until: number, limit: number): Promise<readonly Due[]> {
    return this.inTurn(() => dueBy([...this.journals.values()], until, limit))
  }

  private stateOf({ snapshot, patches }: Journal): unknown {
    return patches.reduce<unknown>(
      (state, bytes) => replay(state, this.encoding.fromBytes(bytes) as Patch[]),
      this.encoding.fromBytes(snapshot),
    )
  }

  private compact(journal: Journal): void {
    journal.snapshot = this.encoding.toBytes(this.stateOf(journal))
    journal.patches = []
  }

  // One after another, some after a few microtasks, some after a turn of the event loop.
  private inTurn<T>(work: () => T): Promise<T> {
    const done = this.last.then(async () => {
      this.turns += 1
      if (this.turns % 2 === 0) await setImmediate()
      else await turns(2)
      return work()
    })
    this.last = done.catch(() => undefined)
    return done
  }
}

const keyOf = ({ name, key }: Identity): string => JSON.stringify([name, key])

export const journalKeeper = (): Keeper => new JournalKeeper()
