export { postgresKeeper } from './postgres-keeper.js'
export { postgresMigration } from './schema.js'
export type { PostgresKeeperOptions } from './options.js'
export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './driver.js'
export type { SnapshotOptions } from '../record/snapshots.js'
export {
  StoreNotMigratedError,
  StoreRightsError,
  StoreTimeoutError,
  StoreUnreachableError,
} from './errors.js'
export { DamagedRecordError, MissingDriverError, NewerStoreError } from '../record/errors.js'
