import { addressOf, type Identity } from '../../engine/identity.js'
import { StaleOwnerError } from '../../engine/keeper/errors.js'
import type { Change, Kept } from '../../engine/keeper/keeper.js'
import type { Patch } from '../../engine/data/patch.js'
import { NewerRecord } from '../record/damage.js'
import { encode } from '../record/encode.js'
import { encodeSlowly } from '../record/encode-slowly.js'
import { DamagedRecordError, NewerStoreError } from '../record/errors.js'
import { FORMAT, seal, unseal } from '../record/frame.js'
import { isDue } from '../record/snapshots.js'
import { decodeHead, encodeHead, encodeWhole, NOTHING, type Extent, type Head } from '../record/head.js'
import { Journal, Unreadable, type Recovered } from './journal.js'
import { Keys, Stream } from './keys.js'
import type { LmdbKeeperOptions } from './options.js'
import { Plan } from './plan.js'
import { StoredTables } from './stored-tables.js'
import type { Store } from './store.js'

/** What is due once a change is stored. */
export interface Task {
  /** No two of one name run at once. */
  readonly name: string
  readonly run: () => Promise<void>
}

/** What a store holds of one server. */
export class Records {
  private readonly address: string
  private readonly keys: Keys
  private readonly state: Journal
  private readonly dictionary: Journal
  private readonly tables: StoredTables

  constructor(
    private readonly store: Store,
    private readonly options: LmdbKeeperOptions,
    private readonly report: (error: Error) => void,
    identity: Identity,
  ) {
    const { database } = store
    this.address = addressOf(identity)
    this.keys = new Keys(identity)
    this.state = new Journal(database, this.keys, Stream.state)
    this.dictionary = new Journal(database, this.keys, Stream.dictionary)
    this.tables = new StoredTables(database, this.keys, (place, cause) => {
      this.passOver(place, cause)
    })
  }

  load(): Kept | undefined | Promise<Kept | undefined> {
    const found = this.head()
    if (found === undefined) return undefined
    const { head, revision } = found
    const state = head.isWhole
      ? { value: this.reading('head', found.state) }
      : this.recovered(() => this.state.recover(head.state.last))
    const dictionary =
      head.dictionary.last === 0
        ? undefined
        : this.recovered(() => this.dictionary.recover(head.dictionary.last, new Map()))
    const kept: Kept = {
      revision,
      version: head.version,
      state: state.value,
      tables: this.tables.all(),
      dictionary: dictionary?.value as Kept['dictionary'],
    }
    const isGood = state.damage === undefined && dictionary?.damage === undefined
    return isGood ? kept : this.mend(head, revision, state, dictionary).then(() => kept)
  }

  /** Writes a change. Answers what is due then: snapshots, on nobody's time. */
  async commit(change: Change, expected: number): Promise<Task[]> {
    const { database } = this.store
    const { revision, version, wakeAt } = change
    const plan = new Plan()
    const before = this.head()?.head ?? {
      version,
      isWhole: true,
      state: NOTHING,
      dictionary: NOTHING,
      wakeAt: undefined,
    }
    const dictionary =
      change.dictionary.length === 0
        ? before.dictionary
        : this.dictionary.append(change.dictionary, revision, before.dictionary, plan)
    const head = this.writeState(change, { ...before, version, dictionary, wakeAt }, plan)
    if (before.wakeAt !== wakeAt) this.writeWake(before.wakeAt, wakeAt, revision, plan)
    this.tables.write(change.tables, revision, plan)
    if (!(await plan.writeIf(database, this.keys.head, expected)))
      throw new StaleOwnerError(this.address, expected, database.getEntry(this.keys.head)?.version ?? 0)
    return this.due(change, head)
  }

  async remove(): Promise<void> {
    const plan = new Plan()
    this.writeWake(this.wakeAt(), undefined, 0, plan)
    plan.remove(this.keys.head)
    this.state.clear(plan)
    this.dictionary.clear(plan)
    this.tables.clear(plan)
    await plan.writeAll(this.store.database)
  }

  // A state that is small stands in the head, or else has a journal; one that is written whole anyway may become either.
  private writeState(change: Change, before: Head, plan: Plan): Head {
    const { revision, state } = change
    const patches = before.isWhole ? undefined : change.patches
    const isWhole = patches === undefined || isReplaced(patches)
    const bytes = isWhole
      ? encodeWhole({ ...before, isWhole, state: { ...before.state, last: revision } }, state)
      : undefined
    if (bytes !== undefined) {
      if (!before.isWhole) this.state.clear(plan)
      plan.put(this.keys.head, seal(bytes), revision)
      return { ...before, isWhole }
    }
    const extent = this.writeJournal(isWhole ? undefined : patches, change, before.state, plan)
    const head = { ...before, isWhole: false, state: extent }
    plan.put(this.keys.head, seal(encodeHead(head)), revision)
    return head
  }

  private writeWake(
    before: number | undefined,
    next: number | undefined,
    revision: number,
    plan: Plan,
  ): void {
    if (before !== undefined) plan.remove(this.keys.wake(before))
    if (next !== undefined) plan.put(this.keys.wake(next), seal(Buffer.alloc(0)), revision)
  }

  // A head that cannot be read may be taken away all the same.
  private wakeAt(): number | undefined {
    try {
      return this.head()?.head.wakeAt
    } catch {
      return undefined
    }
  }

  private writeJournal(
    patches: readonly Patch[] | undefined,
    { revision, state }: Change,
    before: Extent,
    plan: Plan,
  ): Extent {
    if (patches === undefined) return this.state.replace(encode(state), revision, before, plan)
    return patches.length === 0 ? before : this.state.append(patches, revision, before, plan)
  }

  private due({ state, dictionary, revision }: Change, head: Head): Task[] {
    const tasks: Task[] = []
    if (!head.isWhole && this.isDue(this.state, head.state))
      tasks.push({
        name: `${this.address} state`,
        run: async () => this.state.compact(await encodeSlowly(state), revision, head.state.total),
      })
    if (dictionary.length > 0 && this.isDue(this.dictionary, head.dictionary))
      tasks.push({ name: `${this.address} dictionary`, run: () => this.compactDictionary() })
    return tasks
  }

  private isDue(journal: Journal, { total }: Extent): boolean {
    const mark = journal.mark()
    return isDue(total - (mark?.total ?? 0), mark?.size ?? 0, this.options.snapshot)
  }

  // A change says what is new in the dictionary alone: what was there is read again.
  private async compactDictionary(): Promise<void> {
    const extent = this.head()?.head.dictionary
    if (extent === undefined) return
    const { value, damage } = this.dictionary.recover(extent.last, new Map())
    if (damage === undefined) await this.dictionary.compact(encode(value), extent.last, extent.total)
  }

  // ---- what is read may be damaged

  private head():
    { readonly head: Head; readonly state: () => unknown; readonly revision: number } | undefined {
    const entry = this.store.database.getEntry(this.keys.head)
    if (entry === undefined) return undefined
    return { ...this.reading('head', () => decodeHead(unseal(entry.value))), revision: entry.version ?? 0 }
  }

  private recovered(recover: () => Recovered): Recovered {
    try {
      const found = recover()
      if (found.damage !== undefined) this.passOver(found.damage.place, found.damage.cause)
      return found
    } catch (error) {
      throw error instanceof Unreadable ? this.damage(error.place, error.cause) : error
    }
  }

  private reading<T>(place: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.damage(place, error)
    }
  }

  private passOver(place: string, cause: unknown): void {
    const error = this.damage(place, cause)
    if (this.options.onDamaged !== 'last-good' || error instanceof NewerStoreError) throw error
    this.report(error)
  }

  private damage(place: string, cause: unknown): Error {
    const store = `the store '${this.options.path}'`
    return cause instanceof NewerRecord
      ? new NewerStoreError(store, cause.format, FORMAT)
      : new DamagedRecordError(this.address, place, store, cause)
  }

  // What could be read takes the place of what could not: the next changes are made on it.
  private async mend(head: Head, revision: number, state: Recovered, dictionary?: Recovered): Promise<void> {
    const plan = new Plan()
    if (state.damage !== undefined) this.state.replace(encode(state.value), revision, head.state, plan)
    if (dictionary?.damage !== undefined)
      this.dictionary.replace(encode(dictionary.value), revision, head.dictionary, plan)
    if (await plan.writeIf(this.store.database, this.keys.head, revision)) return
    throw new StaleOwnerError(this.address, revision, this.head()?.revision ?? 0)
  }
}

/** Is it the whole state that changed? */
const isReplaced = ([first, ...more]: readonly Patch[]): boolean =>
  first?.op === 'set' && first.path.length === 0 && more.length === 0
