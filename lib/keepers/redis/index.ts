export { redisKeeper } from './redis-keeper.js'
export type { RedisKeeperOptions } from './options.js'
export type { RedisClient } from './client.js'
export type { SnapshotOptions } from '../record/snapshots.js'
export { StoreEvictsError } from './errors.js'
export { DamagedRecordError, MissingDriverError, NewerStoreError } from '../record/errors.js'
export {
  StoreRightsError,
  StoreSilentError,
  StoreUnreachableError,
  StoreVersionError,
} from '../record/store-errors.js'
