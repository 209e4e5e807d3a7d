import type { Change } from '../../engine/keeper/keeper.js'
import { encode } from '../../engine/codec/encode.js'
import { encodeSlowly } from '../record/encode-slowly.js'
import { seal } from '../record/frame.js'
import type { Extent } from './head.js'
import { linkOf, recover } from '../record/recover.js'
import { isDue } from '../record/snapshots.js'
import type { Task } from '../record/tasks.js'
import type { Known } from './known.js'
import { Stream } from './schema.js'
import type { Store } from './store.js'

/** Puts snapshots in the place of journals that have grown too long. */
export class Snapshots {
  constructor(
    private readonly store: Store,
    private readonly address: string,
    private readonly known: Known,
  ) {}

  /** What is due once this change is stored. */
  due({ state, dictionary, revision }: Change): Task[] {
    const { address } = this
    const { head } = this.known
    const tasks: Task[] = []
    if (!head.isWhole && this.isDue(Stream.state, head.state))
      tasks.push({
        name: `${address} state`,
        run: async () => this.replace(Stream.state, await encodeSlowly(state), revision, head.state.total),
      })
    if (dictionary.length > 0 && this.isDue(Stream.dictionary, head.dictionary))
      tasks.push({ name: `${address} dictionary`, run: () => this.dictionary(head.dictionary) })
    return tasks
  }

  private isDue(stream: Stream, { total }: Extent): boolean {
    const mark = this.known.marks.get(stream)
    return isDue(total - (mark?.total ?? 0), mark?.size ?? 0, this.store.options.snapshot)
  }

  // A change says what is new in the dictionary alone: what was there is read again.
  private async dictionary({ last, total }: Extent): Promise<void> {
    const { snapshot, journal } = await this.store.reading.history(this.known.id, Stream.dictionary)
    if (snapshot === undefined) return // the server was removed
    const until = journal.filter(({ revision }) => revision <= last).map(linkOf)
    const { value, damage } = recover({ name: 'dictionary', snapshot, journal: until }, last)
    if (damage === undefined) await this.replace(Stream.dictionary, encode(value), last, total)
  }

  // One statement: the snapshot is there and the journal is cut, or neither. A newer one stays, and of a server that was removed nothing comes back.
  private async replace(stream: Stream, bytes: Buffer, revision: number, total: number): Promise<void> {
    const { connection, schema } = this.store
    const record = seal(bytes)
    const made = await connection.ask(
      `with made as (update ${schema.snapshots} set revision = $3, total = $4, record = $5 ` +
        `where server = $1 and stream = $2 and revision < $3 returning server), ` +
        `cut as (delete from ${schema.journal} as gone using made ` +
        `where gone.server = made.server and gone.stream = $2 and gone.revision <= $3) select server from made`,
      [this.known.id, stream, revision, total, record],
    )
    if (made.length > 0) this.known.marks.set(stream, { size: record.length, total })
  }
}
