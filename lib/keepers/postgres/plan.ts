import type { Identity } from '../../engine/identity.js'
import type { Ask, Connection } from './connection.js'
import type { Schema, Stream } from './schema.js'

/** SQL that asks `head` for the server's id; `value` takes what goes into it. */
type Part = (value: (given: unknown) => string) => string

/** What a change makes of the row of its server. */
export interface Row {
  readonly revision: number
  readonly record: Buffer
  readonly wakeAt: number | undefined
}

/** Entries of one table. */
export interface EntryRow {
  readonly key: Buffer
  /** Without it the entry is to go. */
  readonly record: Buffer | undefined
}

/** Bytes of entries that one statement takes. */
const LARGEST = 4_000_000

/** A statement of more parts than this would be long to plan. */
const MANY = 16

/**
 * What one change writes: all of it, or nothing where the row of the server is not as it has to be. Nearly always that is one statement, which is
 * one round trip.
 */
export class Plan {
  private readonly parts: Part[] = []
  /** Not so where rows are taken away and written again, nor where there is much to write. */
  private isOneStatement = true

  constructor(private readonly schema: Schema) {}

  /** The value itself, in the place of what was written before. */
  snapshot(stream: Stream, revision: number, total: number, record: Buffer): void {
    this.parts.push(
      value =>
        `insert into ${this.schema.snapshots} select id, ${stream}, ${value(revision)}::bigint, ${value(total)}::bigint, ${value(record)}::bytea ` +
        `from head on conflict (server, stream) do update set revision = excluded.revision, total = excluded.total, record = excluded.record`,
    )
    this.cut(stream)
  }

  append(stream: Stream, revision: number, record: Buffer): void {
    this.parts.push(
      value =>
        `insert into ${this.schema.journal} select id, ${stream}, ${value(revision)}::bigint, ${value(record)}::bytea from head`,
    )
  }

  /** Takes away snapshot and journal. */
  clear(stream: Stream): void {
    this.parts.push(() => deletion(this.schema.snapshots, `stream = ${stream}`))
    this.cut(stream)
  }

  describe(table: Buffer, record: Buffer): void {
    this.parts.push(
      value =>
        `insert into ${this.schema.tables} select id, ${value(table)}::bytea, ${value(record)}::bytea from head ` +
        `on conflict (server, name) do update set record = excluded.record`,
    )
  }

  /** Takes away a table with all its entries; to be said before what is written to one of the same name. */
  drop(table: Buffer): void {
    this.isOneStatement = false
    for (const from of [this.schema.tables, this.schema.entries])
      this.parts.push(value => deletion(from, `name = ${value(table)}::bytea`))
  }

  enter(table: Buffer, rows: readonly EntryRow[]): void {
    const gone = rows.flatMap(({ key, record }) => (record === undefined ? [key] : []))
    if (gone.length > 0)
      this.parts.push(value =>
        deletion(
          this.schema.entries,
          `name = ${value(table)}::bytea and gone.key = any(${value(gone)}::bytea[])`,
        ),
      )
    for (const { keys, records, isLast } of portions(rows)) {
      if (!isLast) this.isOneStatement = false
      this.parts.push(
        value =>
          `insert into ${this.schema.entries} select head.id, ${value(table)}::bytea, each.key, each.record ` +
          `from head, unnest(${value(keys)}::bytea[], ${value(records)}::bytea[]) as each (key, record) ` +
          `on conflict (server, name, key) do update set record = excluded.record`,
      )
    }
  }

  /** Writes it for a server that nothing is stored of. Answers its id; `undefined` if there is something. */
  insert(connection: Connection, { name, key = '' }: Identity, row: Row): Promise<string | undefined> {
    return this.write(
      connection,
      value =>
        `insert into ${this.schema.servers} (name, key, revision, wake_at, record) values ` +
        `(${value(name)}, ${value(key)}, ${value(row.revision)}, ${value(row.wakeAt)}, ${value(row.record)}) ` +
        `on conflict (name, key) do nothing returning id`,
    )
  }

  /** Writes it if the stored revision is the expected one. Answers the id; `undefined` if it is not. */
  update(connection: Connection, id: string, expected: number, row: Row): Promise<string | undefined> {
    return this.write(
      connection,
      value =>
        `update ${this.schema.servers} set revision = ${value(row.revision)}, wake_at = ${value(row.wakeAt)}, record = ${value(row.record)} ` +
        `where id = ${value(id)} and revision = ${value(expected)} returning id`,
    )
  }

  private cut(stream: Stream): void {
    this.parts.push(() => deletion(this.schema.journal, `stream = ${stream}`))
  }

  private async write(connection: Connection, fence: Part): Promise<string | undefined> {
    if (this.isOneStatement && this.parts.length < MANY) return one(connection.ask, whole(fence, this.parts))
    return connection.transaction(async ask => {
      const id = await one(ask, fence)
      if (id === undefined) return undefined
      for (const part of this.parts)
        await one(ask, value => `with head as (select ${value(id)}::bigint as id) ${part(value)}`)
      return id
    })
  }
}

const whole =
  (fence: Part, parts: readonly Part[]): Part =>
  value =>
    parts.length === 0
      ? fence(value)
      : `with head as (${fence(value)}), ${parts.map((part, i) => `p${i} as (${part(value)})`).join(', ')} select id from head`

const one = async (ask: Ask, part: Part): Promise<string | undefined> => {
  const values: unknown[] = []
  const text = part(given => `$${values.push(given)}`)
  const [row] = await ask<{ readonly id: unknown }>(text, values)
  return row === undefined ? undefined : String(row.id)
}

const deletion = (from: string, condition: string): string =>
  `delete from ${from} as gone using head where gone.server = head.id and ${condition}`

interface Portion {
  readonly keys: Buffer[]
  readonly records: Buffer[]
  readonly isLast: boolean
}

const portions = function* (rows: readonly EntryRow[]): Iterable<Portion> {
  let keys: Buffer[] = []
  let records: Buffer[] = []
  let size = 0
  for (const { key, record } of rows) {
    if (record === undefined) continue
    if (size > LARGEST) {
      yield { keys, records, isLast: false }
      ;[keys, records, size] = [[], [], 0]
    }
    keys.push(key)
    records.push(record)
    size += key.length + record.length
  }
  if (keys.length > 0) yield { keys, records, isLast: true }
}
