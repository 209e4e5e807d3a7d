import { BadOptionError } from '../../engine/errors.js'
import type { Identity } from '../../engine/identity.js'
import type { Change, Due, Keeper, Kept } from '../../engine/keeper/keeper.js'
import { checkStoreOptions } from '../record/store-options.js'
import { warn } from '../record/warn.js'
import { openDatabase } from './opening.js'
import type { LmdbKeeperOptions } from './options.js'
import { Store } from './store.js'

class LmdbKeeper implements Keeper {
  private store: Store | undefined = undefined
  private opening: Promise<Store> | undefined = undefined
  private isClosed = false
  private readonly report: (error: Error) => void

  constructor(private readonly options: LmdbKeeperOptions) {
    check(options)
    this.report = options.report ?? warn
  }

  async open(): Promise<void> {
    await this.opened()
  }

  load(server: Identity): Kept | undefined | Promise<Kept | undefined> {
    return this.store === undefined
      ? this.opened().then(store => store.records(server).load())
      : this.store.records(server).load()
  }

  // A handler that its engine gave up may come back when all is closed: it must not take the store again.
  commit(server: Identity, change: Change, expectedRevision: number): Promise<void> {
    try {
      if (this.isClosed) throw new Error(`the store '${this.options.path}' is closed: nothing was written`)
      return this.store === undefined
        ? this.opened().then(store => store.records(server).commit(change, expectedRevision))
        : this.store.records(server).commit(change, expectedRevision)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async remove(server: Identity): Promise<void> {
    await (this.store ?? (await this.opened())).records(server).remove()
  }

  async *list(name?: string, after?: string): AsyncIterable<Identity> {
    yield* (this.store ?? (await this.opened())).list(name, after)
  }

  async due(until: number, limit: number): Promise<readonly Due[]> {
    return (this.store ?? (await this.opened())).due(until, limit)
  }

  async close(): Promise<void> {
    this.isClosed = true
    const store = await this.opening?.catch(() => undefined) // who asked for it has been told
    this.store = this.opening = undefined
    await store?.close()
  }

  // The first who needs it opens it; one that could not be opened is tried again.
  private opened(): Promise<Store> {
    return (this.opening ??= openDatabase(this.options).then(
      opened => {
        this.isClosed = false
        return (this.store = new Store(opened, this.options, this.report))
      },
      (error: unknown) => {
        this.opening = undefined
        throw error
      },
    ))
  }
}

const check = (options: LmdbKeeperOptions): void => {
  const { path, durability, mapSize } = options
  const bad = (option: string, value: unknown, expected: string): Error =>
    new BadOptionError('lmdbKeeper()', option, value, expected)
  if (typeof path !== 'string' || path === '') throw bad('path', path, 'the path of a folder')
  if (durability !== undefined && !['power', 'process'].includes(durability))
    throw bad('durability', durability, "'power' or 'process'")
  if (mapSize !== undefined && !(typeof mapSize === 'number' && mapSize >= 0))
    throw bad('mapSize', mapSize, 'a number from 0 on')
  checkStoreOptions(options, bad)
}

/**
 * Keeps states in a folder of this machine: they outlive the process, `kill -9` and (unless said) the power. The durable keeper that needs no
 * server. Needs the package `lmdb`: `npm install lmdb`.
 *
 * A commit is one transaction, and transactions of many servers share one write to the disk. What it writes follows the change: a small state
 * is written whole, of a large one what changed in it, and of a table the entries that were written. One process at a time owns the folder.
 * It is opened when the application starts, and closed with it.
 *
 * @example
 * PeeperModule.forRoot({ keeper: lmdbKeeper({ path: './data' }) })
 * @throws BadOptionError; at the start MissingDriverError, StorePathError, StoreReadOnlyError, StoreInUseError, NewerStoreError
 */
export const lmdbKeeper = (options: LmdbKeeperOptions): Keeper => new LmdbKeeper(options)
