import { PeeperError } from '../errors.js'

/** There is no such table, or none for others to read. */
export class NoSuchTableError extends PeeperError {
  readonly code = 'PEEPER_NO_SUCH_TABLE'
  constructor(server: string, table: string, isPrivate = false) {
    super(
      isPrivate
        ? `the table '${table}' of '${server}' is private. Let others read it: ctx.tables.open('${table}', { access: 'protected' }).`
        : `'${server}' has no table '${table}' now. It is there once a handler that opened it is committed, until it is deleted; with ` +
            `{ keep: false } until its worker ends.`,
    )
  }
}

/** A table is open already, with other options. */
export class TableOptionsError extends PeeperError {
  readonly code = 'PEEPER_TABLE_OPTIONS'
  constructor(server: string, table: string, is: object, asked: object) {
    super(
      `the table '${table}' of '${server}' is ${JSON.stringify(is)}, and was opened with ${JSON.stringify(asked)}. Open it as it is, ` +
        `or delete it first: ctx.tables.delete('${table}').`,
    )
  }
}

/** A table was written to when no handler could keep it. */
export class TableNotWritableError extends PeeperError {
  readonly code = 'PEEPER_TABLE_NOT_WRITABLE'
  constructor(server: string, table: string) {
    super(
      `the table '${table}' of '${server}' was written to after the handler that opened it had ended, or had deleted it: nothing was written. Send a ` +
        `message, and write to the table that its handler opens.`,
    )
  }
}
