import { unseal } from '../record/frame.js'
import { decodePatches } from '../../engine/codec/patches.js'
import { recover, type Link, type Recovered } from '../record/recover.js'

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
export const recoverFrom = (
  { mark, snapshot: record, last, records }: Stream,
  name: string,
  first?: unknown,
): Recovered => {
  const snapshot = record && { revision: parseInt(mark, 10), record }
  const journal = records.map((each, i) => linkOf(each, `record ${i + 1} of ${records.length}`))
  return recover({ name, snapshot, journal }, last, first)
}

const SPACE = 0x20

// The script says in front of a record from where it leads, which nobody else knows.
const linkOf = (record: Buffer, place: string): Link => ({
  place,
  read: () => {
    const end = record.indexOf(SPACE)
    const { from: to, patches } = decodePatches(unseal(record.subarray(end + 1)))
    return { from: Number(record.toString('latin1', 0, end)), to, patches }
  },
})
