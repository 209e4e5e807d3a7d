import { replay, type Patch } from '../../engine/data/patch.js'
import { decode } from '../../engine/codec/decode.js'
import { unseal } from './frame.js'
import { decodePatches } from '../../engine/codec/patches.js'

/** A record, and the revision that it was written at. */
export interface Recorded {
  readonly revision: number
  readonly record: Buffer
}

/** What leads from a revision to a later one, as it is read from a journal. */
export interface Link {
  /** Of its record, for whoever has to be told that it is damaged. */
  readonly place: string
  /** Where it leads, if that is known before it is read. */
  readonly revision?: number
  read(): { readonly from: number; readonly to: number; readonly patches: readonly Patch[] }
}

/** A value as a snapshot and the patches since, in their order. */
export interface History {
  /** What it is, for whoever has to be told that it is damaged. */
  readonly name: string
  readonly snapshot: Recorded | undefined
  readonly journal: Iterable<Link>
}

/** Of a journal whose records say from where they lead, and are stored under where they lead to. */
export const linkOf = ({ revision, record }: Recorded): Link => ({
  place: `revision ${revision}`,
  revision,
  read: () => ({ ...decodePatches(unseal(record)), to: revision }),
})

/** What was read, and where it could not go on, if anywhere. */
export interface Recovered {
  readonly value: unknown
  readonly damage?: { readonly place: string; readonly cause: unknown }
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

/**
 * Reads a value up to its `last` revision; `first` is what it was when there was no snapshot.
 *
 * @throws Unreadable
 */
export const recover = ({ name, snapshot, journal }: History, last: number, first?: unknown): Recovered => {
  let value = snapshot === undefined ? first : read(`snapshot of the ${name}`, snapshot.record)
  if (value === undefined && snapshot === undefined)
    throw new Unreadable(`snapshot of the ${name}`, new Error('it is not there'))
  let at = snapshot?.revision ?? 0
  let isFirst = true
  for (const link of journal) {
    if (link.revision !== undefined && link.revision <= at) continue
    try {
      const { from, to, patches } = link.read()
      // A snapshot may be of a revision that did not change this value, and so lie between two records.
      if (isFirst ? from > at : from !== at)
        throw new Error(`the revisions from ${at} to ${from} are not there`)
      value = replay(value, patches)
      at = to
    } catch (cause) {
      return { value, damage: { place: `journal, ${link.place}, of the ${name}`, cause } }
    }
    isFirst = false
  }
  if (at >= last) return { value }
  const cause = new Error(`the revisions from ${at} to ${last} are not there`)
  return { value, damage: { place: `journal of the ${name}`, cause } }
}

const read = (place: string, record: Buffer): unknown => {
  try {
    return decode(unseal(record))
  } catch (error) {
    throw new Unreadable(place, error)
  }
}
