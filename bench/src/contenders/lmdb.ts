// LMDB, raw and under our keeper: the same settings, each in a folder of its own that is gone with its process.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Keeper } from 'nestjs-peeper'
import type { Write } from '../writing.js'

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

const open = async (encoding?: 'binary') => {
  const lmdb = await import('lmdb')
  return lmdb.open({
    path: temporaryFolder(),
    noSubdir: false,
    keyEncoding: 'binary',
    useVersions: true,
    overlappingSync: false,
    ...(encoding && { encoding }),
  })
}

/** LMDB alone, with the keeper's settings, a key for each caller: bytes that are ready, or an object that LMDB encodes. */
export const rawLmdb = async (value: 'bytes' | 'object', callers: number): Promise<Write> => {
  const database = await open(value === 'bytes' ? 'binary' : undefined)
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

/** A keeper whose commit is one put of bytes that are ready: what the engine and LMDB take where nothing is encoded, checked or fenced. */
export const readyBytes = async (): Promise<Keeper> => {
  const database = await open('binary')
  const bytes = Buffer.alloc(STATE_BYTES, 'x')
  const keys = new Map<string, Buffer>()
  const keyOf = (name: string): Buffer => {
    const key = keys.get(name) ?? Buffer.from(name)
    keys.set(name, key)
    return key
  }
  return {
    load: () => undefined,
    commit: async ({ name }, { revision }) => {
      await database.put(keyOf(name), bytes, revision)
    },
    remove: () => Promise.resolve(),
    list: () => [],
  }
}

const ourKeeper = async (): Promise<Keeper> => {
  const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
  return lmdbKeeper({ path: temporaryFolder() })
}

/** So many servers on our keeper; each call changes one field. */
export const ourServers = async (servers: number, keeper = ourKeeper): Promise<Write> => {
  const { Engine } = await import('nestjs-peeper/engine')
  const engine = new Engine({ keeper: await keeper() })
  const callbacks = { call: { pay: (state: Account) => (state.balance += 1) } }
  const started = await Promise.all(
    Array.from({ length: servers }, (_, i) =>
      engine.start({ name: `account-${i}`, state: account(), callbacks }),
    ),
  )
  return caller => (started[caller % servers] as (typeof started)[number]).call('pay') as Promise<number>
}
