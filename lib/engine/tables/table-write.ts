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
