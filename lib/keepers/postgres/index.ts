export { postgresKeeper } from './postgres-keeper.js'
export { postgresMigration } from './schema.js'
export type { PostgresKeeperOptions } from './options.js'
export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './driver.js'
export type { SnapshotOptions } from '../record/snapshots.js'
export { StoreNotMigratedError } from './errors.js'
export { DamagedRecordError, MissingDriverError, NewerStoreError } from '../record/errors.js'
export {
  StoreRightsError,
  StoreSilentError,
  StoreUnreachableError,
  StoreVersionError,
} from '../record/store-errors.js'
