import { Decoder } from '../../engine/codec/decode.js'
import type { Encoder } from '../../engine/codec/encode.js'
import { beginRecord, endRecord, RECORD_HEAD } from '../record/frame.js'
import { Reader } from '../../engine/codec/reader.js'
import { TooLong, type Writer } from '../../engine/codec/writer.js'

/** So many bytes a head with the state in it may have. */
const INLINE = 1_024 + RECORD_HEAD

const WHOLE = 1
const DICTIONARY = 2
const WAKES = 4

/** How far a snapshot and its journal go. */
export interface Extent {
  /** The revision of the last record, whichever it is. */
  readonly last: number
  /** Bytes written to the journal since the first snapshot. */
  readonly total: number
  /** Of which revision the snapshot is, 0 if there is none; its bytes, and how many the journal had seen by then. */
  readonly snapshot: { readonly revision: number; readonly size: number; readonly total: number }
}

/**
 * What stands first of a server, and what every commit writes; the record's version is the revision. A small state stands in it whole, so that its
 * commits write one record; a larger one has a snapshot and a journal.
 */
export interface Head {
  /** Of the callback module that wrote it. */
  readonly version: number
  readonly isWhole: boolean
  readonly state: Extent
  readonly dictionary: Extent
  /** When the server is to be woken: under this time it stands among the wakes. */
  readonly wakeAt: number | undefined
}

export const NOTHING: Extent = Object.freeze({
  last: 0,
  total: 0,
  snapshot: Object.freeze({ revision: 0, size: 0, total: 0 }),
})

/** The record of a head; of a whole one with its state. */
export const sealHead = (encoder: Encoder, head: Head, state: unknown): Buffer => {
  write(encoder, head, Infinity)
  if (head.isWhole) encoder.value(state)
  return endRecord(encoder.out)
}

/** The record of a whole head; `undefined` if the state is too large for it. */
export const sealSmall = (encoder: Encoder, head: Head, state: unknown): Buffer | undefined => {
  try {
    write(encoder, head, INLINE)
    encoder.value(state)
    return endRecord(encoder.out)
  } catch (error) {
    if (error instanceof TooLong) return undefined
    throw error
  }
}

/** A head, and a way to the state that stands in it. */
export const decodeHead = (bytes: Buffer): { readonly head: Head; readonly state: () => unknown } => {
  const reader = new Reader(bytes)
  const decoder = new Decoder(reader)
  const flags = reader.byte()
  const isWhole = (flags & WHOLE) !== 0
  const version = decoder.value() as number
  const state = isWhole ? NOTHING : extent(reader)
  const dictionary = (flags & DICTIONARY) === 0 ? NOTHING : extent(reader)
  const wakeAt = (flags & WAKES) === 0 ? undefined : reader.count()
  return { head: { version, isWhole, state, dictionary, wakeAt }, state: () => decoder.value() }
}

const write = (encoder: Encoder, head: Head, limit: number): void => {
  const { version, isWhole, state, dictionary, wakeAt } = head
  const { out } = encoder
  const hasDictionary = dictionary.last > 0
  encoder.begin(limit)
  beginRecord(out)
  out.byte((isWhole ? WHOLE : 0) | (hasDictionary ? DICTIONARY : 0) | (wakeAt === undefined ? 0 : WAKES))
  encoder.value(version)
  if (!isWhole) writeExtent(out, state)
  if (hasDictionary) writeExtent(out, dictionary)
  if (wakeAt !== undefined) out.count(wakeAt)
}

const writeExtent = (out: Writer, { last, total, snapshot }: Extent): void => {
  for (const count of [last, total, snapshot.revision, snapshot.size, snapshot.total]) out.count(count)
}

const extent = (reader: Reader): Extent => ({
  last: reader.count(),
  total: reader.count(),
  snapshot: { revision: reader.count(), size: reader.count(), total: reader.count() },
})
