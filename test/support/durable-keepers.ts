import type { Keeper } from 'nestjs-peeper/engine'
import type { SnapshotOptions } from 'nestjs-peeper/lmdb'
import { postgresUrl, temporaryPostgresKeeper } from './stores/temporary-postgres.js'
import { temporaryLmdbKeeper } from './temporary-lmdb.js'

/** A keeper whose states outlive the process. */
export interface DurableKeeper {
  readonly name: string
  /** On an empty store of its own. */
  readonly open: (options?: { readonly snapshot?: SnapshotOptions }) => Keeper
}

/** Those that can be had here. */
export const durableKeepers: readonly DurableKeeper[] = [
  { name: 'lmdb', open: temporaryLmdbKeeper },
  ...(postgresUrl === undefined ? [] : [{ name: 'postgres', open: temporaryPostgresKeeper }]),
]
