import type { CreateWrite, Entry, TableWrite } from '../../engine/tables/table-write.js'
import { Decoder } from '../../engine/codec/decode.js'
import { Encoder } from '../../engine/codec/encode.js'
import { seal, unseal } from './frame.js'
import { Reader } from '../../engine/codec/reader.js'

/** What becomes of one table in a commit: of several writes to an entry the last one counts. */
export interface Fate {
  /** What was stored of it is gone. */
  isDropped: boolean
  created: CreateWrite | undefined
  readonly entries: Map<string, { readonly key: Buffer; readonly write: Entry }>
}

/** Says where an entry stands. */
export interface EntryKeys {
  entry(table: string, key: unknown): Buffer
}

/** What becomes of each table, by its name. */
export const fatesOf = (writes: readonly TableWrite[], keys: EntryKeys): Map<string, Fate> => {
  const fates = new Map<string, Fate>()
  for (const write of writes) {
    const { table } = write
    const fate = fates.get(table) ?? { isDropped: false, created: undefined, entries: new Map() }
    fates.set(table, fate)
    if (write.op === 'create') fate.created = write
    else if (write.op === 'drop') {
      fate.isDropped = true
      fate.created = undefined
      fate.entries.clear()
    } else {
      const key = keys.entry(table, write.key)
      fate.entries.set(key.toString('latin1'), { key, write })
    }
  }
  return fates
}

/** The record of an entry. */
export const sealEntry = ({ key, value }: { readonly key: unknown; readonly value: unknown }): Buffer => {
  const encoder = new Encoder()
  encoder.value(key)
  encoder.value(value)
  return seal(encoder.out.taken())
}

/** The entry that a record stands for. */
export const readEntry = (record: Buffer): readonly [key: unknown, value: unknown] => {
  const decoder = new Decoder(new Reader(unseal(record)))
  return [decoder.value(), decoder.value()]
}
