import { PeeperError } from '../../engine/errors.js'

/** A store on a server cannot be reached, or does not let us in. */
export class StoreUnreachableError extends PeeperError {
  readonly code = 'PEEPER_STORE_UNREACHABLE'
  constructor(store: string, cause: unknown) {
    super(
      `${store} cannot be reached: ${textOf(cause)}. Nothing was read or written. See that the server runs and accepts connections from here, and that ` +
        `the url of the keeper names its host, port, database, user and password.`,
      { cause },
    )
  }
}

/** The user of a keeper may not do in a store what the keeper has to. */
export class StoreRightsError extends PeeperError {
  readonly code = 'PEEPER_STORE_RIGHTS'
  constructor(store: string, why: string, cure: string, cause?: unknown) {
    super(`${store} cannot be used: ${why}. ${cure}`, cause === undefined ? undefined : { cause })
  }
}

/** The tables of a keeper are not there, and it was told not to make them. */
export class StoreNotMigratedError extends PeeperError {
  readonly code = 'PEEPER_STORE_NOT_MIGRATED'
  constructor(store: string, schema: string) {
    super(
      `${store} has no tables for the keeper, and it was told { migrate: false }. Make them: run the SQL of postgresMigration('${schema}') in that ` +
        `database.`,
    )
  }
}

/** A store did not answer in time. What it was asked for may have happened, or may happen yet. */
export class StoreTimeoutError extends PeeperError {
  readonly code = 'PEEPER_STORE_TIMEOUT'
  constructor(store: string, ms: number, cause?: unknown) {
    super(
      `${store} did not answer within ${ms} ms: it is not known whether it did what it was asked. See that it runs and is not overloaded; give it ` +
        `longer with { timeout } of its keeper.`,
      cause === undefined ? undefined : { cause },
    )
  }
}

const textOf = (cause: unknown): string => {
  const { message, code, errors } = cause as { message?: string; code?: string; errors?: unknown[] }
  return message !== undefined && message !== ''
    ? message
    : (errors ?? []).map(textOf).join(', ') || (code ?? String(cause))
}
