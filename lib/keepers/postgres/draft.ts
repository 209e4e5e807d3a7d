import type { Change } from '../../engine/keeper/keeper.js'
import { replay, type Patch } from '../../engine/data/patch.js'
import { encode } from '../../engine/codec/encode.js'
import { seal } from '../record/frame.js'
import { encodeHead, encodeWhole, NOTHING, type Extent, type Head } from './head.js'
import { encodePatches, isReplaced } from '../../engine/codec/patches.js'
import type { Mark } from './known.js'
import { Plan } from './plan.js'
import { Stream, type Schema } from './schema.js'
import { planTables } from './stored-tables.js'

const FIRST: Omit<Head, 'version'> = { isWhole: true, state: NOTHING, dictionary: NOTHING }

/** What one revision writes: the record of its server, and beside it what does not fit in there. */
export class Draft {
  readonly plan: Plan
  /** Of the snapshots that it writes. */
  readonly marks = new Map<Stream, Mark>()

  private constructor(
    schema: Schema,
    readonly revision: number,
    public head: Head,
    public record: Buffer = NO_BYTES,
  ) {
    this.plan = new Plan(schema)
  }

  /** A change of what the head `before` is of. */
  static of(schema: Schema, change: Change, before: Omit<Head, 'version'> = FIRST): Draft {
    const { revision, version, state, dictionary, tables } = change
    const draft = new Draft(schema, revision, { ...before, version })
    if (dictionary.length > 0) draft.writeDictionary(dictionary)
    // A state that is small stands in the head, or else has a journal; one that is written whole anyway may become either.
    const patches = before.isWhole ? undefined : change.patches
    if (patches === undefined || isReplaced(patches)) draft.writeState(state)
    else draft.writePatches(patches)
    planTables(tables, draft.plan)
    return draft
  }

  /** What could be recovered, in the place of what could not: `undefined` stands for what is good. */
  static mending(
    schema: Schema,
    revision: number,
    head: Head,
    state: { readonly value: unknown } | undefined,
    dictionary: { readonly value: unknown } | undefined,
  ): Draft {
    const draft = new Draft(schema, revision, head)
    if (dictionary !== undefined)
      draft.head = {
        ...head,
        dictionary: draft.replace(Stream.dictionary, encode(dictionary.value), head.dictionary),
      }
    if (state !== undefined) draft.writeState(state.value)
    else draft.writePatches([])
    return draft
  }

  private writeState(state: unknown): void {
    const { head, revision } = this
    const whole = { ...head, isWhole: true, state: { ...head.state, last: revision } }
    const bytes = encodeWhole(whole, state)
    if (bytes !== undefined) {
      if (!head.isWhole) this.plan.clear(Stream.state)
      this.end(whole, bytes)
      return
    }
    const next = { ...head, isWhole: false, state: this.replace(Stream.state, encode(state), head.state) }
    this.end(next, encodeHead(next))
  }

  private writePatches(patches: readonly Patch[]): void {
    const next = { ...this.head, state: this.append(Stream.state, patches, this.head.state) }
    this.end(next, encodeHead(next))
  }

  // A dictionary begins as a snapshot: there is one, then, that a later one takes the place of.
  private writeDictionary(patches: readonly Patch[]): void {
    const { dictionary: before } = this.head
    const dictionary =
      before.last > 0
        ? this.append(Stream.dictionary, patches, before)
        : this.replace(Stream.dictionary, encode(replay(new Map(), patches)), before)
    this.head = { ...this.head, dictionary }
  }

  private end(head: Head, bytes: Buffer): void {
    this.head = head
    this.record = seal(bytes)
  }

  private append(stream: Stream, patches: readonly Patch[], before: Extent): Extent {
    if (patches.length === 0) return before
    const { revision } = this
    const record = seal(encodePatches(before.last, patches))
    this.plan.append(stream, revision, record)
    return { last: revision, total: before.total + record.length }
  }

  private replace(stream: Stream, bytes: Buffer, { total }: Extent): Extent {
    const { revision } = this
    const record = seal(bytes)
    this.plan.snapshot(stream, revision, total, record)
    this.marks.set(stream, { size: record.length, total })
    return { last: revision, total }
  }
}

const NO_BYTES = Buffer.alloc(0)
