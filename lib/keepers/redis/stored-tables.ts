import { StaleOwnerError } from '../../engine/keeper/errors.js'
import type { KeptTable, TableAccess, TableWrite } from '../../engine/tables/table-write.js'
import { decode } from '../../engine/codec/decode.js'
import { encode } from '../../engine/codec/encode.js'
import { fatesOf, readEntry, sealEntry, type EntryKeys, type Fate } from '../record/entries.js'
import { seal, unseal } from '../record/frame.js'
import type { Connection } from './connection.js'
import { entryField, tableField, type ServerKeys } from './keys.js'
import * as scripts from './scripts.js'

const RUN = '1000' // entries read at once
const DESCRIPTION = 'd'

/** Each table has a hash of its own. */
const FIELDS: EntryKeys = { entry: (_, key) => Buffer.from(entryField(key)) }

type Damaged = (place: string, cause: unknown) => void

/** What a commit has to say of tables: the keys of their entries, and what becomes of them. */
export const tableWrites = (
  writes: readonly TableWrite[],
  { entries }: ServerKeys,
): { readonly keys: string[]; readonly args: (string | Buffer)[] } => {
  const keys: string[] = []
  const args: (string | Buffer)[] = []
  if (writes.length === 0) return { keys, args }
  for (const [name, fate] of fatesOf(writes, FIELDS)) {
    keys.push(entries + tableField(name))
    for (const arg of fateArgs(name, fate)) args.push(arg) // they may be too many for one call
  }
  return { keys, args }
}

const fateArgs = (name: string, { isDropped, created, entries }: Fate): (string | Buffer)[] => {
  const sets: (string | Buffer)[] = []
  const deletes: Buffer[] = []
  for (const { key, write } of entries.values())
    if (write.op === 'set') sets.push(key, sealEntry(write))
    else deletes.push(key)
  const description = created && seal(encode([name, created.ordered, created.access]))
  const [set, deleted] = [String(sets.length / 2), String(deletes.length)]
  return [tableField(name), isDropped ? '1' : '', description ?? '', set, deleted].concat(sets, deletes)
}

/** The tables of one server as they were loaded, with nothing read of their entries yet. */
export class StoredTables {
  constructor(
    private readonly connection: Connection,
    private readonly keys: ServerKeys,
    private readonly revision: number,
    /** Makes of a damaged record what is thrown, or passes it over. */
    private readonly damaged: Damaged,
  ) {}

  /** `found`: the hash that says what tables there are. */
  all(found: readonly Buffer[]): KeptTable[] {
    const tables: KeptTable[] = []
    const written = new Map<string, string>()
    for (let i = 0; i < found.length; i += 2) written.set(textOf(found[i]), textOf(found[i + 1]))
    for (let i = 0; i < found.length; i += 2) {
      const field = textOf(found[i])
      if (!field.startsWith(DESCRIPTION)) continue
      try {
        const [name, ordered, access] = decode(unseal(found[i + 1] as Buffer)) as [
          string,
          boolean,
          TableAccess,
        ]
        const since = written.get(`w${tableField(name)}`) ?? ''
        tables.push({ name, ordered, access, entries: this.entries(name, since) })
      } catch (error) {
        this.damaged('description of a table', error)
      }
    }
    return tables
  }

  private entries(name: string, since: string): AsyncIterable<readonly [unknown, unknown]> {
    return { [Symbol.asyncIterator]: () => this.read(name, since) }
  }

  // Page by page, and all of them of one revision: a server writes no table that it has not read, so a write is somebody else's.
  private async *read(name: string, since: string): AsyncGenerator<readonly [unknown, unknown]> {
    const { keys } = this
    const field = tableField(name)
    let cursor = '0'
    let count = 0
    do {
      const [written, [next, found]] = (await this.connection.runForBytes(
        scripts.entries,
        [keys.tables, keys.entries + field],
        [field, cursor, RUN],
      )) as [Buffer | null, [Buffer, Buffer[]]]
      if (textOf(written) !== since)
        throw new StaleOwnerError(keys.address, this.revision, Number(textOf(written)))
      for (let i = 1; i < found.length; i += 2) {
        count += 1
        const entry = this.entry(found[i] as Buffer, `entry ${count} of the table '${name}'`)
        if (entry !== undefined) yield entry
      }
      cursor = textOf(next)
    } while (cursor !== '0')
  }

  private entry(record: Buffer, place: string): readonly [unknown, unknown] | undefined {
    try {
      return readEntry(record)
    } catch (error) {
      this.damaged(place, error)
      return undefined
    }
  }
}

const textOf = (bytes: Buffer | null | undefined): string => bytes?.toString() ?? ''
