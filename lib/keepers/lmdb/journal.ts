import type { Patch } from '../../engine/data/patch.js'
import { seal } from '../record/frame.js'
import { encodePatches } from '../../engine/codec/patches.js'
import { linkOf, recover, type Link, type Recovered } from '../record/recover.js'
import type { Extent } from './head.js'
import { Part, revisionOf, Stream, type Keys } from './keys.js'
import type { Plan } from './plan.js'
import type { Database } from './opening.js'

const NAMES = { [Stream.state]: 'state', [Stream.dictionary]: 'dictionary' } as const

/**
 * A value of one server as a snapshot and the patches since: what it costs to write one follows the change, what it costs to read it all follows the
 * value.
 */
export class Journal {
  constructor(
    private readonly database: Database,
    private readonly keys: Keys,
    readonly stream: Stream,
  ) {}

  /** Writes patches behind those that are there. */
  append(patches: readonly Patch[], revision: number, before: Extent, plan: Plan): Extent {
    const record = seal(encodePatches(before.last, patches))
    plan.put(this.keys.journal(this.stream, revision), record, revision)
    return { ...before, last: revision, total: before.total + record.length }
  }

  /** Writes the value itself; what was written before it is gone. */
  replace(value: Uint8Array, revision: number, { total }: Extent, plan: Plan): Extent {
    return { last: revision, total, snapshot: this.snapshot(value, revision, total, plan) }
  }

  /** Puts the value as it was at a revision in the place of the journal up to there. */
  compact(value: Uint8Array, revision: number, total: number, now: Extent, plan: Plan): Extent {
    return { ...now, snapshot: this.snapshot(value, revision, total, plan) }
  }

  /** Takes all of it away. */
  clear(plan: Plan): void {
    plan.remove(this.keys.snapshot(this.stream))
    plan.removeAll(this.recordsUpTo(Infinity))
  }

  /** Reads it, from the snapshot on; `first` is what it was when there was none. */
  recover(last: number, first?: unknown): Recovered {
    const found = this.database.getEntry(this.keys.snapshot(this.stream))
    const snapshot = found && { revision: found.version ?? 0, record: found.value }
    return recover({ name: NAMES[this.stream], snapshot, journal: this.links() }, last, first)
  }

  private snapshot(value: Uint8Array, revision: number, total: number, plan: Plan): Extent['snapshot'] {
    const record = seal(value)
    plan.put(this.keys.snapshot(this.stream), record, revision)
    plan.removeAll(this.recordsUpTo(revision))
    return { revision, size: record.length, total }
  }

  private *recordsUpTo(revision: number): Iterable<Buffer> {
    const { start, end } = this.keys.all(Part.journal, Buffer.of(this.stream))
    for (const key of this.database.getKeys({ start, end })) if (revisionOf(key) <= revision) yield key
  }

  private *links(): Iterable<Link> {
    const { start, end } = this.keys.all(Part.journal, Buffer.of(this.stream))
    for (const { key, value } of this.database.getRange({ start, end }))
      yield linkOf({ revision: revisionOf(key), record: value })
  }
}
