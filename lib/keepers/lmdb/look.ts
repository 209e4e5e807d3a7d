import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type * as lmdb from 'lmdb'
import { StoreInUseError } from './errors.js'
import { isAlive, type Holder } from './holder.js'
import { Part } from './keys.js'

/**
 * Throws `StoreInUseError` if a process that is alive holds the store. It only reads: to open a store for writing is to wait for a transaction of its
 * holder, and one that was stopped in the middle of it (SIGSTOP, a paused container) would be waited for without end.
 */
export const refuseIfHeld = async ({ open }: typeof lmdb, path: string, self: Holder): Promise<void> => {
  const file = join(path, 'data.mdb')
  if (!existsSync(file) || statSync(file).size === 0) return
  const database = open<Buffer, Buffer>({
    path,
    noSubdir: false,
    keyEncoding: 'binary',
    encoding: 'binary',
    useVersions: true,
    readOnly: true,
  })
  try {
    const record = database.get(Buffer.of(Part.lock))
    const holder = record && (JSON.parse(record.toString()) as Holder)
    if (holder !== undefined && isAlive(holder, self)) throw new StoreInUseError(path, holder.pid)
  } finally {
    await database.close()
  }
}
