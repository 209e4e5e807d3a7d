import { Decoder } from '../../engine/codec/decode.js'
import { Encoder } from '../../engine/codec/encode.js'
import { Reader } from '../../engine/codec/reader.js'
import { encodeSmall } from '../record/small.js'

/** So many bytes of a state stand in its head. */
const INLINE = 1_024

/** What is said of a head in one byte. */
const WHOLE = 1
const WAKES = 2

/** How far a journal goes. */
export interface Extent {
  /** The revision of its last record, or of the snapshot that took its place. */
  readonly last: number
  /** Bytes written to it since the server was first stored. */
  readonly total: number
}

/**
 * What stands first of a server, and what every commit writes: its revision is the record's version, which makes commits of anybody else fail.
 * A small state stands in it whole, so its commits write one record; a larger one has a snapshot and a journal.
 */
export interface Head {
  /** Of the callback module that wrote it. */
  readonly version: number
  readonly isWhole: boolean
  readonly state: Extent
  readonly dictionary: Extent
  /** When the server is to be woken: under this time it stands among the wakes. */
  readonly wakeAt?: number | undefined
}

export const NOTHING: Extent = { last: 0, total: 0 }

/** The bytes of the head of a state that has a journal. */
export const encodeHead = (head: Head): Buffer => {
  const encoder = new Encoder()
  write(encoder, head)
  return encoder.out.taken()
}

/** The bytes of a head with the state in it; `undefined` if the state is too large. */
export const encodeWhole = (head: Head, state: unknown): Buffer | undefined =>
  encodeSmall(
    encoder => {
      write(encoder, head)
    },
    state,
    INLINE,
  )

/** A head, and a way to the state that stands in it. */
export const decodeHead = (bytes: Buffer): { readonly head: Head; readonly state: () => unknown } => {
  const reader = new Reader(bytes)
  const decoder = new Decoder(reader)
  const version = decoder.value() as number
  const traits = reader.byte()
  const isWhole = (traits & WHOLE) !== 0
  const state: Extent = { last: reader.count(), total: reader.count() }
  const dictionary: Extent = { last: reader.count(), total: reader.count() }
  const wakeAt = (traits & WAKES) === 0 ? undefined : reader.count()
  return { head: { version, isWhole, state, dictionary, wakeAt }, state: () => decoder.value() }
}

const write = (encoder: Encoder, { version, isWhole, state, dictionary, wakeAt }: Head): void => {
  const { out } = encoder
  encoder.value(version)
  out.byte((isWhole ? WHOLE : 0) | (wakeAt === undefined ? 0 : WAKES))
  for (const { last, total } of [state, dictionary]) {
    out.count(last)
    out.count(total)
  }
  if (wakeAt !== undefined) out.count(wakeAt)
}
