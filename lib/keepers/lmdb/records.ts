import { addressOf, type Identity } from '../../engine/identity.js'
import { StaleOwnerError } from '../../engine/keeper/errors.js'
import type { Change, Kept } from '../../engine/keeper/keeper.js'
import type { Patch } from '../../engine/data/patch.js'
import type { Damages } from '../record/damages.js'
import { encode } from '../../engine/codec/encode.js'
import { encodeSlowly } from '../record/encode-slowly.js'
import { unseal } from '../record/frame.js'
import { isReplaced } from '../../engine/codec/patches.js'
import type { Recovered } from '../record/recover.js'
import { isDue } from '../record/snapshots.js'
import type { Writing } from './batches.js'
import { decodeHead, NOTHING, sealHead, sealSmall, type Extent, type Head } from './head.js'
import { Journal } from './journal.js'
import { Keys, Stream } from './keys.js'
import type { Plan } from './plan.js'
import type { InUse } from './recent.js'
import { Turns } from './turns.js'
import { StoredTables } from './stored-tables.js'
import type { Store } from './store.js'
import { moveWake } from './wake.js'

/** What is stored of a server, or on its way. */
interface Stored {
  readonly revision: number
  readonly head: Head
}

type StreamName = keyof typeof Stream

const EMPTY: Stored = {
  revision: 0,
  head: { version: 0, isWhole: true, state: NOTHING, dictionary: NOTHING, wakeAt: undefined },
}

/**
 * What a store holds of one server. It knows what is stored, for nobody else writes it, and has one change on its way at a time: the next one, a
 * load too, waits for it.
 */
export class Records implements Writing, InUse {
  private readonly keys: Keys
  /** `undefined`: it has to be read. */
  private stored: Stored | undefined = undefined
  /** Taken while a change is on its way. */
  private readonly turns = new Turns()
  /** Snapshots that are being made. */
  private making = 0
  /** Counts how often it was taken away. */
  private life = 0

  constructor(
    private readonly store: Store,
    private readonly identity: Identity,
  ) {
    this.keys = new Keys(identity)
  }

  get isInUse(): boolean {
    return this.turns.isTaken || this.making > 0
  }

  load(): Kept | undefined | Promise<Kept | undefined> {
    if (this.turns.isTaken) return this.turns.take(() => this.load())
    this.store.batches.check()
    const found = this.read()
    this.stored = found ?? EMPTY
    if (found === undefined) return undefined
    const { head, revision } = found
    const state = head.isWhole
      ? { value: this.damages.reading('head', found.state) }
      : this.damages.recovered(() => this.journal(Stream.state).recover(head.state.last))
    const dictionary =
      head.dictionary.last === 0
        ? undefined
        : this.damages.recovered(() =>
            this.journal(Stream.dictionary).recover(head.dictionary.last, new Map()),
          )
    const kept: Kept = {
      revision,
      version: head.version,
      state: state.value,
      tables: this.tables.all(),
      dictionary: dictionary?.value as Kept['dictionary'],
    }
    const isGood = state.damage === undefined && dictionary?.damage === undefined
    return isGood ? kept : this.mend(found, state, dictionary).then(() => kept)
  }

  /** Writes a change. */
  commit(change: Change, expected: number): Promise<void> {
    if (this.turns.isTaken) return this.turns.take(() => this.commit(change, expected))
    const { revision, head: before } = this.known()
    if (revision !== expected) throw new StaleOwnerError(addressOf(this.identity), expected, revision)
    let head = before
    const done = this.write(plan => {
      head = this.plan(change, before, plan)
      return { revision: change.revision, head }
    })
    this.compactAfter(done, change, head)
    return done
  }

  remove(): Promise<void> {
    return this.turns.take(() => {
      this.life += 1
      return this.write(plan => {
        moveWake({ before: this.wakeAt }, this.keys, 0, plan)
        plan.remove(this.keys.head)
        for (const stream of Object.values(Stream)) this.journal(stream).clear(plan)
        this.tables.clear(plan)
        return EMPTY
      })
    })
  }

  settled(isWritten: boolean): void {
    if (!isWritten) this.stored = undefined
    this.turns.end()
  }

  /** What is stored then is what the plan says. */
  private write(planned: (plan: Plan) => Stored): Promise<void> {
    let next = EMPTY
    const done = this.store.batches.write(this, plan => {
      next = planned(plan)
    })
    this.stored = next
    this.turns.isTaken = true
    return done
  }

  // ---- a state that is small stands in the head, or else has a journal; one that is written whole anyway may become either

  private plan(change: Change, before: Head, plan: Plan): Head {
    const { revision, version, wakeAt } = change
    const isAsBefore = before.version === version && before.wakeAt === wakeAt
    let head = isAsBefore ? before : { ...before, version, wakeAt }
    moveWake({ before: before.wakeAt, next: wakeAt }, this.keys, revision, plan)
    if (change.dictionary.length > 0) {
      const journal = this.journal(Stream.dictionary)
      head = { ...head, dictionary: journal.append(change.dictionary, revision, head.dictionary, plan) }
    }
    if (change.tables.length > 0) this.tables.write(change.tables, revision, plan)
    return this.writeState(change, head, plan)
  }

  private writeState(change: Change, before: Head, plan: Plan): Head {
    const { revision, state } = change
    const { encoder } = this.store
    const patches = before.isWhole ? undefined : change.patches
    const isWhole = patches === undefined || isReplaced(patches)
    if (isWhole) {
      const head = before.isWhole ? before : { ...before, isWhole, state: NOTHING }
      const record = sealSmall(encoder, head, state)
      if (record !== undefined) {
        if (!before.isWhole) this.journal(Stream.state).clear(plan)
        plan.put(this.keys.head, record, revision)
        return head
      }
    }
    const extent = this.writeJournal(isWhole ? undefined : patches, change, before.state, plan)
    const head = { ...before, isWhole: false, state: extent }
    plan.put(this.keys.head, sealHead(encoder, head, state), revision)
    return head
  }

  private writeJournal(
    patches: readonly Patch[] | undefined,
    { revision, state }: Change,
    before: Extent,
    plan: Plan,
  ): Extent {
    const journal = this.journal(Stream.state)
    if (patches === undefined) return journal.replace(encode(state), revision, before, plan)
    return patches.length === 0 ? before : journal.append(patches, revision, before, plan)
  }

  // ---- snapshots, on nobody's time

  private compactAfter(done: Promise<void>, { state, dictionary, revision }: Change, head: Head): void {
    const { total } = head.state
    if (!head.isWhole && this.isDue(head.state))
      this.compactLater(done, 'state', async life => {
        const value = await encodeSlowly(state)
        await this.turns.take(() => this.compact('state', life, value, revision, total))
      })
    if (dictionary.length > 0 && this.isDue(head.dictionary))
      this.compactLater(done, 'dictionary', life => this.turns.take(() => this.compactDictionary(life)))
  }

  private compactLater(done: Promise<void>, part: StreamName, work: (life: number) => Promise<void>): void {
    const { life } = this
    const run = async (): Promise<void> => {
      this.making += 1
      const isStored = await done.then(
        () => true,
        () => false,
      )
      try {
        if (isStored) await work(life)
      } finally {
        this.making -= 1
      }
    }
    this.store.tasks.start({ name: `${addressOf(this.identity)} ${part}`, run })
  }

  // Unless there is a newer one, or it was of a server that was taken away.
  private compact(
    part: StreamName,
    life: number,
    value: Buffer,
    revision: number,
    total: number,
  ): Promise<void> | undefined {
    const { revision: newest, head } = this.known()
    const { last, snapshot } = head[part]
    if (life !== this.life || last < revision || snapshot.revision >= revision) return undefined
    return this.rewrite(newest, plan => {
      const extent = this.journal(Stream[part]).compact(value, revision, total, head[part], plan)
      return { ...head, [part]: extent }
    })
  }

  // A change says what is new in the dictionary alone: what was there is read again.
  private compactDictionary(life: number): Promise<void> | undefined {
    const { last, total } = this.known().head.dictionary
    if (life !== this.life || last === 0) return undefined
    const { value, damage } = this.journal(Stream.dictionary).recover(last, new Map())
    return damage === undefined ? this.compact('dictionary', life, encode(value), last, total) : undefined
  }

  private isDue({ total, snapshot }: Extent): boolean {
    return isDue(total - snapshot.total, snapshot.size, this.store.options.snapshot)
  }

  // ---- what is read

  private known(): Stored {
    return (this.stored ??= this.read() ?? EMPTY)
  }

  // A head that cannot be read may be taken away all the same.
  private get wakeAt(): number | undefined {
    try {
      return this.known().head.wakeAt
    } catch {
      return undefined
    }
  }

  private read(): (Stored & { readonly state: () => unknown }) | undefined {
    const entry = this.store.database.getEntry(this.keys.head)
    if (entry === undefined) return undefined
    const found = this.damages.reading('head', () => decodeHead(unseal(entry.value)))
    return { ...found, revision: entry.version ?? 0 }
  }

  // What could be read takes the place of what could not: the next changes are made on it.
  private mend({ head, revision }: Stored, state: Recovered, dictionary?: Recovered): Promise<void> {
    return this.rewrite(revision, plan => {
      const next = { ...head }
      if (state.damage !== undefined)
        next.state = this.journal(Stream.state).replace(encode(state.value), revision, head.state, plan)
      if (dictionary?.damage !== undefined) {
        const value = encode(dictionary.value)
        next.dictionary = this.journal(Stream.dictionary).replace(value, revision, head.dictionary, plan)
      }
      return next
    })
  }

  /** Writes a head anew, with the state that stands in it. */
  private rewrite(revision: number, planned: (plan: Plan) => Head): Promise<void> {
    return this.write(plan => {
      const head = planned(plan)
      const state = head.isWhole ? this.read()?.state() : undefined
      plan.put(this.keys.head, sealHead(this.store.encoder, head, state), revision)
      return { revision, head }
    })
  }

  // ---- its parts

  private journal(stream: Stream): Journal {
    return new Journal(this.store.database, this.keys, stream)
  }

  private get tables(): StoredTables {
    return new StoredTables(this.store.database, this.keys, (place, cause) => {
      this.damages.passOver(place, cause)
    })
  }

  private get damages(): Damages {
    return this.store.damages(addressOf(this.identity))
  }
}
