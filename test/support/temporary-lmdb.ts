import { afterAll } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Keeper } from 'nestjs-peeper/engine'
import { lmdbKeeper, type LmdbKeeperOptions } from 'nestjs-peeper/lmdb'

const open: { readonly path: string; readonly keeper?: Keeper }[] = []

afterAll(async () => {
  for (const { path, keeper } of open.splice(0)) {
    await keeper?.close?.()
    rmSync(path, { recursive: true, force: true })
  }
})

/** A folder that is there until the tests of this file have run. */
export const temporaryFolder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'peeper-'))
  open.push({ path })
  return path
}

/** An LMDB keeper with a store of its own. A journal of a few small changes is long enough for a snapshot. */
export const temporaryLmdbKeeper = (options: Partial<LmdbKeeperOptions> = {}): Keeper => {
  const path = options.path ?? temporaryFolder()
  const keeper = lmdbKeeper({
    path,
    durability: 'process',
    snapshot: { share: 0, minBytes: 100 },
    ...options,
  })
  open.push({ path, keeper })
  return keeper
}
