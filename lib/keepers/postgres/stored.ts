import type { Identity } from '../../engine/identity.js'
import type { Recorded } from '../record/recover.js'
import type { Connection } from './connection.js'
import { Stream, type Schema } from './schema.js'

/** A snapshot as it is stored, and how many bytes its journal had seen by then. */
export interface StoredSnapshot extends Recorded {
  readonly total: number
}

/** All rows of one server but the entries of its tables, as they were at one moment. */
export interface Stored {
  readonly id: string
  readonly revision: number
  readonly wakeAt: number | undefined
  readonly record: Buffer
  readonly snapshots: Map<Stream, StoredSnapshot>
  readonly journals: Readonly<Record<Stream, Recorded[]>>
  readonly tables: Buffer[]
}

/** The row of a server, and what its snapshots are. */
export interface StoredRow {
  readonly id: string
  readonly revision: number
  readonly record: Buffer
  readonly snapshots: readonly { readonly stream: Stream; readonly size: number; readonly total: number }[]
}

type Numeric = string | number | bigint // as the driver has been told

const SERVER = 0
const SNAPSHOT = 1
const JOURNAL = 2

interface Row {
  readonly part: number
  readonly stream: Stream
  readonly id: Numeric
  readonly revision: Numeric
  readonly total: Numeric
  readonly wake_at: number | null
  readonly record: Buffer
}

/** Reads what is stored of servers. Each is one statement, which sees one moment. */
export class Reading {
  constructor(
    private readonly connection: Connection,
    private readonly schema: Schema,
  ) {}

  async all({ name, key = '' }: Identity): Promise<Stored | undefined> {
    const { servers, snapshots, journal, tables } = this.schema
    const rows = await this.connection.ask<Row>(
      `with head as (select * from ${servers} where name = $1 and key = $2) ` +
        `select ${SERVER} as part, 0 as stream, id, revision, 0 as total, wake_at, record from head ` +
        `union all select ${SNAPSHOT}, stream, id, s.revision, s.total, null, s.record from head join ${snapshots} s on s.server = id ` +
        `union all select ${JOURNAL}, stream, id, j.revision, 0, null, j.record from head join ${journal} j on j.server = id ` +
        `union all select 3, 0, id, 0, 0, null, t.record from head join ${tables} t on t.server = id ` +
        `order by part, stream, revision`,
      [name, key],
    )
    const head = rows[0]
    if (head === undefined) return undefined
    const stored: Stored = {
      id: String(head.id),
      revision: Number(head.revision),
      wakeAt: head.wake_at ?? undefined,
      record: head.record,
      snapshots: new Map(),
      journals: { [Stream.state]: [], [Stream.dictionary]: [] },
      tables: [],
    }
    for (const { part, stream, record, ...row } of rows.slice(1)) {
      const [revision, total] = [Number(row.revision), Number(row.total)]
      if (part === SNAPSHOT) stored.snapshots.set(stream, { revision, total, record })
      else if (part === JOURNAL) stored.journals[stream].push({ revision, record })
      else stored.tables.push(record)
    }
    return stored
  }

  async row({ name, key = '' }: Identity): Promise<StoredRow | undefined> {
    const { servers, snapshots } = this.schema
    const rows = await this.connection.ask<{
      readonly id: Numeric
      readonly revision: Numeric
      readonly record: Buffer
      readonly stream: Stream | null
      readonly size: Numeric
      readonly total: Numeric
    }>(
      `select id, h.revision, h.record, stream, octet_length(s.record) as size, total ` +
        `from ${servers} h left join ${snapshots} s on s.server = id where name = $1 and key = $2`,
      [name, key],
    )
    const [head] = rows
    if (head === undefined) return undefined
    const found = rows.flatMap(({ stream, size, total }) =>
      stream === null ? [] : [{ stream, size: Number(size), total: Number(total) }],
    )
    return { id: String(head.id), revision: Number(head.revision), record: head.record, snapshots: found }
  }

  async revision({ name, key = '' }: Identity): Promise<number> {
    const [found] = await this.connection.ask<{ readonly revision: Numeric }>(
      `select revision from ${this.schema.servers} where name = $1 and key = $2`,
      [name, key],
    )
    return Number(found?.revision ?? 0)
  }

  /** A snapshot and the journal behind it. */
  async history(
    id: string,
    stream: Stream,
  ): Promise<{ snapshot: Recorded | undefined; journal: Recorded[] }> {
    const { snapshots, journal } = this.schema
    const rows = await this.connection.ask<Pick<Row, 'part' | 'revision' | 'record'>>(
      `select ${SNAPSHOT} as part, revision, record from ${snapshots} where server = $1 and stream = $2 ` +
        `union all select ${JOURNAL}, revision, record from ${journal} where server = $1 and stream = $2 order by part, revision`,
      [id, stream],
    )
    const read = rows.map(({ part, revision, record }) => ({ part, revision: Number(revision), record }))
    return {
      snapshot: read.find(({ part }) => part === SNAPSHOT),
      journal: read.filter(({ part }) => part === JOURNAL),
    }
  }
}
