import { PeeperError } from '../../engine/errors.js'

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
