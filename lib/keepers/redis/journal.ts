import { replay } from '../../engine/data/patch.js'
import { decode } from '../record/decode.js'
import { unseal } from '../record/frame.js'
import { decodePatches } from '../record/patches.js'

/** A value of a server as it is stored: a snapshot, unless it began with what everybody knows, and what changed since. */
export interface Stream {
  /** Of which revision the snapshot is, and what tells it from any other. */
  readonly mark: string
  readonly snapshot: Buffer | undefined
  /** The revision of the last record. */
  readonly last: number
  /** So many bytes the records have. */
  readonly bytes: number
  readonly records: readonly Buffer[]
}

/** What was read, and where it could not go on, if anywhere. */
export interface Recovered {
  readonly value: unknown
  readonly damage?: { readonly place: string; readonly cause: unknown }
}

/** What a script answers of a stream; `undefined` if there is none. */
export const streamOf = (answer: unknown): Stream | undefined => {
  const [mark, snapshot, last, bytes, records] = answer as [
    Buffer | null,
    Buffer | null,
    Buffer | null,
    Buffer | null,
    Buffer[],
  ]
  if (mark === null) return undefined
  const [at, length] = [last, bytes].map(text => Number(text?.toString() ?? 0)) as [number, number]
  return { mark: mark.toString(), snapshot: snapshot ?? undefined, last: at, bytes: length, records }
}

/** Reads a value, from the snapshot on; `first` is what it was when there was none. */
export const recover = (
  { mark, snapshot, last, records }: Stream,
  name: string,
  first?: unknown,
): Recovered => {
  let value = first
  if (snapshot !== undefined) value = readSnapshot(snapshot, name)
  else if (first === undefined) throw new Unreadable(`snapshot of the ${name}`, new Error('it is not there'))
  let at = snapshot === undefined ? 0 : parseInt(mark, 10)
  for (const [i, record] of records.entries()) {
    try {
      const end = record.indexOf(SPACE)
      const on = Number(record.toString('latin1', 0, end))
      const { from: revision, patches } = decodePatches(unseal(record.subarray(end + 1)))
      // A snapshot may be of a revision that did not change this value, and so lie between two records.
      if (i === 0 ? !(on <= at) : on !== at)
        throw new Error(`the revisions from ${at} to ${on} are not there`)
      value = replay(value, patches)
      at = revision
    } catch (cause) {
      return {
        value,
        damage: { place: `journal, record ${i + 1} of ${records.length}, of the ${name}`, cause },
      }
    }
  }
  if (at >= last) return { value }
  const cause = new Error(`the revisions from ${at} to ${last} are not there`)
  return { value, damage: { place: `journal of the ${name}`, cause } }
}

/** Nothing good can be read without this record. */
export class Unreadable extends Error {
  constructor(
    readonly place: string,
    override readonly cause: unknown,
  ) {
    super(place)
  }
}

const SPACE = 0x20

const readSnapshot = (snapshot: Buffer, name: string): unknown => {
  try {
    return decode(unseal(snapshot))
  } catch (error) {
    throw new Unreadable(`snapshot of the ${name}`, error)
  }
}
