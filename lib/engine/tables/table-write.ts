/** Who may read a table besides its own server: `'private'` nobody, `'protected'` everybody, through `engine.table`. ETS's words; nobody else writes. */
export type TableAccess = 'private' | 'protected'

/** An entry of a table, as it was written: kept data. */
export interface SetWrite {
  readonly op: 'set'
  readonly table: string
  readonly key: unknown
  readonly value: unknown
}

/** The end of an entry. */
export interface DeleteWrite {
  readonly op: 'delete'
  readonly table: string
  readonly key: unknown
}

/** A new table, with nothing in it. */
export interface CreateWrite {
  readonly op: 'create'
  readonly table: string
  readonly ordered: boolean
  readonly access: TableAccess
}

/** The end of a table and of all its entries. */
export interface DropWrite {
  readonly op: 'drop'
  readonly table: string
}

/**
 * One change of the tables of a server. They apply in their order; keys and values are kept data, and may be held as they are. Two keys are
 * the same when their content is.
 */
export type TableWrite = CreateWrite | DropWrite | SetWrite | DeleteWrite

/** What may stand in a layer over a table: an entry, or the end of one. */
export type Entry = SetWrite | DeleteWrite

/** What a keeper holds of a table. */
export interface KeptTable {
  readonly name: string
  readonly ordered: boolean
  readonly access: TableAccess
  /** In any order. Gone through once, when the table is opened, not before; never at a restart of a server that has it still. */
  readonly entries:
    Iterable<readonly [key: unknown, value: unknown]> | AsyncIterable<readonly [key: unknown, value: unknown]>
}

/** What a turn wrote besides its state. */
export interface Writes {
  /** What the keeper is to store. */
  readonly kept: readonly TableWrite[]
  /** The same of tables that die with their worker. They come before the kept ones. */
  readonly local: readonly TableWrite[]
  /** The next dictionary, kept; `undefined` if it is as it was. */
  readonly dictionary: ReadonlyMap<unknown, unknown> | undefined
}

/** Is there anything to be kept? */
export const isWritten = (writes: Writes | undefined): boolean =>
  writes !== undefined && (writes.kept.length > 0 || writes.dictionary !== undefined)
