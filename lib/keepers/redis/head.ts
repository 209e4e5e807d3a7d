import { Decoder } from '../../engine/codec/decode.js'
import { Encoder } from '../../engine/codec/encode.js'
import { seal } from '../record/frame.js'
import { Reader } from '../../engine/codec/reader.js'
import { encodeSmall } from '../record/small.js'

/** So many bytes of a head with the state in it: a larger state has a snapshot and a journal. */
const SMALL = 1_024

/** What every commit writes of a server: a small state stands in it whole. */
export interface Head {
  readonly revision: number
  /** Of the callback module that wrote it. */
  readonly version: number
}

/** The record of a head with the state in it; `undefined` if the state is too large. */
export const sealWhole = (head: Head, state: unknown): Buffer | undefined => {
  const bytes = encodeSmall(
    encoder => {
      write(encoder, head, true)
    },
    state,
    SMALL,
  )
  return bytes && seal(bytes)
}

/** The record of a head whose state stands elsewhere. */
export const sealHead = (head: Head): Buffer => {
  const encoder = new Encoder()
  write(encoder, head, false)
  return seal(encoder.out.taken())
}

/** A head, and a way to the state if that stands in it. */
export const decodeHead = (bytes: Buffer): Head & { readonly state: (() => unknown) | undefined } => {
  const reader = new Reader(bytes)
  const decoder = new Decoder(reader)
  const revision = reader.count()
  const version = decoder.value() as number
  return { revision, version, state: reader.byte() === 1 ? () => decoder.value() : undefined }
}

const write = (encoder: Encoder, { revision, version }: Head, isWhole: boolean): void => {
  encoder.out.count(revision)
  encoder.value(version)
  encoder.out.byte(isWhole ? 1 : 0)
}
