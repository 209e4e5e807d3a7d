import type { KeptTable, TableAccess, TableWrite } from '../../engine/tables/table-write.js'
import { decode } from '../../engine/codec/decode.js'
import { encode } from '../../engine/codec/encode.js'
import { fatesOf, readEntry, sealEntry } from '../record/entries.js'
import type { Damages } from '../record/damages.js'
import { seal, unseal } from '../record/frame.js'
import { short, shortKey } from '../record/short.js'
import type { Connection } from './connection.js'
import type { Known } from './known.js'
import type { Plan } from './plan.js'
import type { Schema } from './schema.js'

/** Entries that are read at once: so many at first, then what comes to about so many bytes. */
const FIRST = 64
const MOST = 4_096
const BYTES = 1_000_000

interface Found {
  readonly revision: string | number | bigint
  readonly key: Buffer | null
  readonly record: Buffer | null
}

const keys = { entry: (_: string, key: unknown): Buffer => shortKey(key) }

/** Plans what is written to tables. Each entry is a row of its own: a write costs what it writes. */
export const planTables = (writes: readonly TableWrite[], plan: Plan): void => {
  for (const [name, { isDropped, created, entries }] of fatesOf(writes, keys)) {
    const table = short(name)
    if (isDropped) plan.drop(table)
    if (created !== undefined) plan.describe(table, seal(encode([name, created.ordered, created.access])))
    if (entries.size === 0) continue
    const rows = [...entries.values()].map(({ key, write }) => ({
      key,
      record: write.op === 'set' ? sealEntry(write) : undefined,
    }))
    plan.enter(table, rows)
  }
}

/** The tables of one server, as they were loaded. */
export class StoredTables {
  constructor(
    private readonly connection: Connection,
    private readonly schema: Schema,
    private readonly known: Known,
    private readonly damages: Damages,
    /** What is thrown when the server is no longer the one that was loaded. */
    private readonly stale: (found: number) => Error,
  ) {}

  /** All tables, with nothing read of their entries yet. */
  all(records: readonly Buffer[]): KeptTable[] {
    return records.flatMap(record => {
      try {
        const [name, ordered, access] = decode(unseal(record)) as [string, boolean, TableAccess]
        return [{ name, ordered, access, entries: this.entries(name) }]
      } catch (error) {
        this.damages.passOver('description of a table', error)
        return []
      }
    })
  }

  private entries(name: string): AsyncIterable<readonly [unknown, unknown]> {
    return { [Symbol.asyncIterator]: () => this.read(name) }
  }

  private async *read(name: string): AsyncGenerator<readonly [unknown, unknown]> {
    const table = short(name)
    let after: Buffer = Buffer.alloc(0)
    let [size, count] = [FIRST, 0]
    for (;;) {
      const rows = await this.page(table, after, size)
      let bytes = 0
      for (const { key, record } of rows) {
        count += 1
        bytes += record.length
        after = key
        let entry: readonly [unknown, unknown] | undefined
        try {
          entry = readEntry(record)
        } catch (error) {
          this.damages.passOver(`entry ${count} of the table '${name}'`, error)
        }
        if (entry !== undefined) yield entry
      }
      if (rows.length < size) return
      size = Math.min(MOST, Math.max(1, Math.floor((size * BYTES) / Math.max(bytes, BYTES / 4))))
    }
  }

  // Each page says of which revision it is: parts of two would be a table that never was.
  private async page(
    table: Buffer,
    after: Buffer,
    size: number,
  ): Promise<{ readonly key: Buffer; readonly record: Buffer }[]> {
    const { known, schema } = this
    const since = known.revision
    const rows = await this.connection.ask<Found>(
      `select revision, each.key, each.record from ${schema.servers} left join lateral ` +
        `(select key, record from ${schema.entries} where server = $1 and name = $2 and key > $3 order by key limit $4) as each on true ` +
        `where id = $1 order by each.key`,
      [known.id, table, after, size],
    )
    const found = Number(rows[0]?.revision ?? 0)
    if (!known.covers(found, since)) throw this.stale(found)
    return rows.flatMap(({ key, record }) => (key === null || record === null ? [] : [{ key, record }]))
  }
}
