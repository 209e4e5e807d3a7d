import type { Engine, Keeper } from 'nestjs-peeper/engine'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'
import { postgresKeeper } from 'nestjs-peeper/postgres'
import { redisKeeper } from 'nestjs-peeper/redis'
import { openOn, SNAPSHOT, type Target } from './servers.js'

/** Where a store is, in words that another process understands. */
export type StoreAt =
  | { readonly kind: 'lmdb'; readonly path: string; readonly durability: 'power' | 'process' }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string }
  | { readonly kind: 'redis'; readonly url: string; readonly prefix: string }

const keeperAt = (store: StoreAt): Keeper => {
  switch (store.kind) {
    case 'lmdb':
      return lmdbKeeper({ path: store.path, durability: store.durability, snapshot: SNAPSHOT })
    case 'postgres':
      return postgresKeeper({ url: store.url, schema: store.schema, snapshot: SNAPSHOT })
    case 'redis':
      return redisKeeper({ url: store.url, prefix: store.prefix, snapshot: SNAPSHOT })
  }
}

/** Named and keyed servers, with small states and with large ones, on a store whose snapshots are frequent. */
export const open = (store: StoreAt): Promise<{ engine: Engine; targets: Target[] }> =>
  openOn(keeperAt(store))
