import type { KeptTable, TableAccess, TableWrite } from '../../engine/tables/table-write.js'
import { systemClock } from '../../engine/clock.js'
import { decode } from '../../engine/codec/decode.js'
import { encode } from '../../engine/codec/encode.js'
import { fatesOf, readEntry, sealEntry } from '../record/entries.js'
import { seal, unseal } from '../record/frame.js'
import { Part, type Keys } from './keys.js'
import type { Plan } from './plan.js'
import type { Database } from './opening.js'

const RUN = 1_000 // entries read before others have their turn

/** The tables of one server. Each entry is a record of its own: a write costs what it writes. */
export class StoredTables {
  constructor(
    private readonly database: Database,
    private readonly keys: Keys,
    /** Makes of a damaged record what is thrown, or passes it over. */
    private readonly damaged: (place: string, cause: unknown) => void,
  ) {}

  write(writes: readonly TableWrite[], revision: number, plan: Plan): void {
    for (const [table, { isDropped, created, entries }] of fatesOf(writes, this.keys)) {
      if (isDropped) {
        plan.remove(this.keys.table(table))
        plan.removeAll(this.storedKeys(this.keys.entries(table)))
      }
      if (created !== undefined) {
        const { ordered, access } = created
        plan.put(this.keys.table(table), seal(encode([table, ordered, access])), revision)
      }
      for (const { key, write } of entries.values())
        if (write.op === 'set') plan.put(key, sealEntry(write), revision)
        else plan.remove(key)
    }
  }

  /** All tables, with nothing read of their entries yet. */
  all(): KeptTable[] {
    const tables: KeptTable[] = []
    for (const { value } of this.database.getRange(this.keys.all(Part.table))) {
      try {
        const [name, ordered, access] = decode(unseal(value)) as [string, boolean, TableAccess]
        tables.push({ name, ordered, access, entries: this.entries(name) })
      } catch (error) {
        this.damaged('description of a table', error)
      }
    }
    return tables
  }

  clear(plan: Plan): void {
    for (const part of [Part.table, Part.entry]) plan.removeAll(this.storedKeys(this.keys.all(part)))
  }

  private entries(name: string): AsyncIterable<readonly [unknown, unknown]> {
    return { [Symbol.asyncIterator]: () => this.read(name) }
  }

  private async *read(name: string): AsyncGenerator<readonly [unknown, unknown]> {
    let count = 0
    for (const { value } of this.database.getRange(this.keys.entries(name))) {
      let entry: readonly [unknown, unknown] | undefined
      try {
        entry = readEntry(value)
      } catch (error) {
        this.damaged(`entry ${count + 1} of the table '${name}'`, error)
      }
      if (entry !== undefined) yield entry
      count += 1
      if (count % RUN === 0)
        await new Promise<void>(resolve => {
          systemClock.yield(resolve)
        })
    }
  }

  private storedKeys(stretch: { readonly start: Buffer; readonly end: Buffer }): Iterable<Buffer> {
    return this.database.getKeys(stretch)
  }
}
