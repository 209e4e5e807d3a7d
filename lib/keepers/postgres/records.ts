import { addressOf, type Identity } from '../../engine/identity.js'
import { StaleOwnerError } from '../../engine/keeper/errors.js'
import type { Change, Kept } from '../../engine/keeper/keeper.js'
import { Damages } from '../record/damages.js'
import { unseal } from '../record/frame.js'
import { decodeHead } from './head.js'
import { linkOf, recover, type Recovered } from '../record/recover.js'
import type { Task } from '../record/tasks.js'
import { Draft } from './draft.js'
import { Known } from './known.js'
import { Stream } from './schema.js'
import { Snapshots } from './snapshots.js'
import type { Store } from './store.js'
import type { Stored } from './stored.js'
import { StoredTables } from './stored-tables.js'

const NAMES = { [Stream.state]: 'state', [Stream.dictionary]: 'dictionary' } as const

/** What a store holds of one server. */
export class Records {
  private readonly address: string
  private readonly damages: Damages

  constructor(
    private readonly store: Store,
    private readonly identity: Identity,
  ) {
    const { connection, options, report } = store
    this.address = addressOf(identity)
    this.damages = new Damages(this.address, connection.store, options, report)
  }

  async load(): Promise<Kept | undefined> {
    const { reading, connection, schema, known: all } = this.store
    const stored = await reading.all(this.identity)
    if (stored === undefined) return undefined
    const { head, state: whole } = this.damages.reading('head', () => decodeHead(unseal(stored.record)))
    const state = head.isWhole
      ? { value: this.damages.reading('head', whole) }
      : this.recovered(stored, Stream.state, head.state.last)
    const dictionary =
      head.dictionary.last === 0 ? undefined : this.recovered(stored, Stream.dictionary, head.dictionary.last)
    const known = new Known(stored.id, stored.revision, head)
    for (const [stream, { record, total }] of stored.snapshots)
      known.marks.set(stream, { size: record.length, total })
    all.set(this.identity, known)
    await this.mend(known, stored, state, dictionary)
    const stale = (found: number): Error => this.stale(known.revision, found)
    const tables = new StoredTables(connection, schema, known, this.damages, stale)
    return {
      revision: known.revision,
      version: head.version,
      state: state.value,
      tables: tables.all(stored.tables),
      dictionary: dictionary?.value as Kept['dictionary'],
    }
  }

  /** Writes a change. Answers what is due then: snapshots, on nobody's time. */
  async commit(change: Change, expected: number): Promise<Task[]> {
    const known = expected === 0 ? undefined : await this.at(expected)
    const draft = Draft.of(this.store.schema, change, known?.head)
    const next = await this.write(draft, change.wakeAt, known, expected)
    return new Snapshots(this.store, this.address, next).due(change)
  }

  async remove(): Promise<void> {
    const { connection, schema, known } = this.store
    const { name, key = '' } = this.identity
    known.delete(this.identity)
    await connection.transaction(async ask => {
      // First the row that every commit has to go by: what those have written that came before is seen by then.
      const [gone] = await ask<{ readonly id: unknown }>(
        `delete from ${schema.servers} where name = $1 and key = $2 returning id`,
        [name, key],
      )
      if (gone === undefined) return
      for (const table of [schema.snapshots, schema.journal, schema.tables, schema.entries])
        await ask(`delete from ${table} where server = $1`, [gone.id])
    })
  }

  /** What is known of the server at this revision; who knows it from before need not ask. */
  private async at(expected: number): Promise<Known> {
    const known = this.store.known.get(this.identity)
    if (known?.revision === expected) return known
    const row = await this.store.reading.row(this.identity)
    if (row?.revision !== expected) throw this.stale(expected, row?.revision ?? 0)
    const { head } = this.damages.reading('head', () => decodeHead(unseal(row.record)))
    const found = new Known(row.id, row.revision, head)
    for (const { stream, size, total } of row.snapshots) found.marks.set(stream, { size, total })
    return found
  }

  private async write(
    { plan, revision, head, record, marks }: Draft,
    wakeAt: number | undefined,
    known: Known | undefined,
    expected: number,
  ): Promise<Known> {
    const { connection, reading, known: all } = this.store
    const row = { revision, wakeAt, record }
    if (known !== undefined) known.writing = revision
    all.delete(this.identity) // until it is known how this ends
    const id =
      known === undefined
        ? await plan.insert(connection, this.identity, row)
        : await plan.update(connection, known.id, expected, row)
    if (id === undefined) throw this.stale(expected, await reading.revision(this.identity))
    const next = known ?? new Known(id, revision, head)
    next.advance(revision, head, marks)
    all.set(this.identity, next)
    return next
  }

  private stale(expected: number, found: number): Error {
    return new StaleOwnerError(this.address, expected, found)
  }

  private recovered({ snapshots, journals }: Stored, stream: Stream, last: number): Recovered {
    const [snapshot, journal] = [snapshots.get(stream), journals[stream].map(linkOf)]
    return this.damages.recovered(() => recover({ name: NAMES[stream], snapshot, journal }, last))
  }

  // As a change of its own: whoever still holds the state of before writes no more.
  private async mend(
    known: Known,
    { wakeAt }: Stored,
    state: Recovered,
    dictionary?: Recovered,
  ): Promise<void> {
    const isDamaged = dictionary?.damage !== undefined
    if (state.damage === undefined && !isDamaged) return
    const { revision, head } = known
    const written = state.damage !== undefined || head.isWhole ? state : undefined
    const draft = Draft.mending(
      this.store.schema,
      revision + 1,
      head,
      written,
      isDamaged ? dictionary : undefined,
    )
    await this.write(draft, wakeAt, known, revision)
  }
}
