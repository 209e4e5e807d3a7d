import { randomInt } from 'node:crypto'
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type * as lmdb from 'lmdb'
import { MissingDriverError, NewerStoreError } from '../record/errors.js'
import { FORMAT } from '../record/frame.js'
import { isDatabase } from './database-file.js'
import { StoreInUseError, StorePathError, StoreReadOnlyError, StoreTakenError } from './errors.js'
import { isAlive, thisProcess, type Holder } from './holder.js'
import { Part } from './keys.js'
import { refuseIfHeld } from './look.js'
import type { LmdbKeeperOptions } from './options.js'

/** Keys and values are bytes; the version of a value is the revision it was written at. */
export type Database = lmdb.RootDatabase<Buffer, Buffer>

type Driver = typeof lmdb

const FORMAT_KEY = Buffer.of(Part.format)
const LOCK_KEY = Buffer.of(Part.lock)
const MOST_VERSIONS = 2 ** 48 - 1 // of which one is drawn

/** A database that this process holds. */
export interface Opened {
  readonly database: Database
  /** The record that says who holds it, and its version while that is this process. */
  readonly lock: { readonly key: Buffer; readonly version: number }
  /** What to say when it says somebody else. */
  readonly taken: () => Error
  close(): Promise<void>
}

/**
 * Opens a store and takes it for this process.
 *
 * @throws MissingDriverError, StorePathError, StoreReadOnlyError, NewerStoreError, StoreInUseError
 */
export const openDatabase = async (options: LmdbKeeperOptions): Promise<Opened> => {
  const { path } = options
  const driver = await driverOf()
  makeFolder(path)
  const self = thisProcess()
  await refuseIfHeld(driver, path, self)
  const database = openedBy(driver, options)
  const lock = { key: LOCK_KEY, version: randomInt(1, MOST_VERSIONS) }
  try {
    take(database, path, self, lock.version)
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    database,
    lock,
    taken: () => new StoreTakenError(path, holderOf(database)?.pid),
    close: async () => {
      database.transactionSync(() => {
        if (database.getEntry(LOCK_KEY)?.version === lock.version) database.removeSync(LOCK_KEY)
      })
      await database.close()
    },
  }
}

// Loaded when it is needed: who keeps nothing in LMDB need not have it.
const driverOf = async (): Promise<Driver> => {
  try {
    return await import('lmdb')
  } catch (error) {
    throw new MissingDriverError('lmdbKeeper()', 'lmdb', error)
  }
}

const makeFolder = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true })
    if (!statSync(path).isDirectory()) throw new StorePathError(path, 'it is a file')
    accessSync(path, constants.W_OK)
    if (!isDatabase(join(path, 'data.mdb')))
      throw new StorePathError(path, 'its data.mdb is no LMDB database')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['EEXIST', 'ENOTDIR'].includes(code))
      throw new StorePathError(path, 'it is a file, or under one', error)
    if (['EACCES', 'EPERM', 'EROFS'].includes(code)) throw new StoreReadOnlyError(path, error)
    if (code.startsWith('E')) throw new StorePathError(path, 'the folder cannot be made', error)
    throw error
  }
}

const openedBy = ({ open }: Driver, { path, durability, mapSize }: LmdbKeeperOptions): Database => {
  try {
    const database = open<Buffer, Buffer>({
      path,
      noSubdir: false, // a folder, whatever it is called
      keyEncoding: 'binary',
      encoding: 'binary',
      useVersions: true,
      overlappingSync: false, // a write is answered when the disk has it, not before
      noSync: durability === 'process',
      ...(mapSize === undefined ? {} : { mapSize }),
    })
    // A transaction has a promise in the driver that nobody is given. Were it to fail, on a full disk, it would end the process.
    const begun = (): void => {
      database.committed.then(undefined, () => undefined)
    }
    database.on('beforecommit', () => {
      queueMicrotask(begun)
    })
    return database
  } catch (error) {
    const { message } = error as Error
    throw /denied|read-only|not permitted/i.test(message)
      ? new StoreReadOnlyError(path, error)
      : new StorePathError(path, `LMDB cannot open what is there (${message})`, error)
  }
}

// One transaction: LMDB lets no other process write meanwhile, so no two can find the place empty.
const take = (database: Database, path: string, self: Holder, version: number): void => {
  database.transactionSync(() => {
    const format = database.get(FORMAT_KEY)?.readUInt32LE() ?? FORMAT
    if (format > FORMAT) throw new NewerStoreError(`the store '${path}'`, format, FORMAT)
    const holder = holderOf(database)
    if (holder !== undefined && isAlive(holder, self)) throw new StoreInUseError(path, holder.pid)
    const known = Buffer.alloc(4)
    known.writeUInt32LE(FORMAT)
    database.putSync(FORMAT_KEY, known, 0)
    database.putSync(LOCK_KEY, Buffer.from(JSON.stringify(self)), version)
  })
}

const holderOf = (database: Database): Holder | undefined => {
  const record = database.get(LOCK_KEY)
  return record && (JSON.parse(record.toString()) as Holder)
}
