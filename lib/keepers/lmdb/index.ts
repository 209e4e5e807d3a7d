export { lmdbKeeper } from './lmdb-keeper.js'
export type { LmdbKeeperOptions } from './options.js'
export type { SnapshotOptions } from '../record/snapshots.js'
export {
  StoreInUseError,
  StorePathError,
  StoreReadOnlyError,
  StoreTakenError,
  StoreWriteError,
} from './errors.js'
export { DamagedRecordError, MissingDriverError, NewerStoreError } from '../record/errors.js'
