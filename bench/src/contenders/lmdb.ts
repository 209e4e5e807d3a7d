// LMDB, raw and under our keeper: the same settings, each in a folder of its own that is gone with its process.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const STATE_BYTES = 200

/** A state that is about 200 bytes as it is stored. */
export interface Account {
  readonly id: string
  readonly owner: string
  readonly note: string
  balance: number
}

export const account = (): Account => ({
  id: 'account-1',
  owner: 'Grace Hopper',
  note: 'x'.repeat(STATE_BYTES - 60),
  balance: 0,
})

/** A folder until this process ends. */
export const temporaryFolder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'peeper-bench-'))
  process.once('exit', () => {
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

/** Writes what a caller hands it under a key of its own; resolves once the disk has it. */
export type Put = (caller: number) => Promise<number>

/** LMDB alone, with the keeper's settings: bytes that are ready, or an object that LMDB encodes. */
export const rawLmdb = async (value: 'bytes' | 'object', callers: number): Promise<Put> => {
  const { open } = await import('lmdb')
  const database = open({
    path: temporaryFolder(),
    noSubdir: false,
    keyEncoding: 'binary',
    useVersions: true,
    overlappingSync: false,
    ...(value === 'bytes' ? { encoding: 'binary' as const } : {}),
  })
  const keys = Array.from({ length: callers }, (_, i) => Buffer.from(`account\0${i}`))
  const writes = new Array<number>(callers).fill(0)
  const bytes = Buffer.alloc(STATE_BYTES, 'x')
  const objects = keys.map(account)
  return async caller => {
    const revision = (writes[caller] = (writes[caller] as number) + 1)
    const state = objects[caller] as Account
    state.balance = revision
    await database.put(keys[caller] as Buffer, value === 'bytes' ? bytes : state, revision)
    return revision
  }
}

/** So many servers on our keeper; each call changes one field. */
export const ourServers = async (servers: number): Promise<Put> => {
  const { Engine } = await import('nestjs-peeper/engine')
  const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
  const engine = new Engine({ keeper: lmdbKeeper({ path: temporaryFolder() }) })
  const callbacks = { call: { pay: (state: Account) => (state.balance += 1) } }
  const started = await Promise.all(
    Array.from({ length: servers }, (_, i) =>
      engine.start({ name: `account-${i}`, state: account(), callbacks }),
    ),
  )
  return caller => (started[caller % servers] as (typeof started)[number]).call('pay') as Promise<number>
}
