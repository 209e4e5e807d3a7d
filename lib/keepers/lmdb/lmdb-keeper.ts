import { BadOptionError } from '../../engine/errors.js'
import type { Identity } from '../../engine/identity.js'
import type { Change, Due, Keeper, Kept } from '../../engine/keeper/keeper.js'
import { StoreWriteError } from './errors.js'
import { dueOf, heads, identityOf, wakes } from './keys.js'
import type { LmdbKeeperOptions } from './options.js'
import { Records, type Task } from './records.js'
import { openStore, type Store } from './store.js'

class LmdbKeeper implements Keeper {
  private store: Store | undefined = undefined
  private opening: Promise<Store> | undefined = undefined
  private isClosed = false
  /** Snapshots that are being made, by what they are of. */
  private readonly running = new Map<string, Promise<void>>()
  /** What is on its way: a driver that is asked anything while it closes ends the process. */
  private readonly writes = new Set<Promise<unknown>>()
  private readonly report: (error: Error) => void

  constructor(private readonly options: LmdbKeeperOptions) {
    check(options)
    this.report =
      options.report ??
      (error => {
        process.emitWarning(error)
      })
  }

  async open(): Promise<void> {
    await this.opened()
  }

  load(server: Identity): Kept | undefined | Promise<Kept | undefined> {
    return this.store === undefined
      ? this.opened().then(store => this.records(store, server).load())
      : this.records(this.store, server).load()
  }

  // A handler that its engine gave up may come back when all is closed: it must not take the store again.
  async commit(server: Identity, change: Change, expectedRevision: number): Promise<void> {
    if (this.isClosed) throw new Error(`the store '${this.options.path}' is closed: nothing was written`)
    const store = this.store ?? (await this.opened())
    for (const task of await this.writing(this.records(store, server).commit(change, expectedRevision)))
      this.start(task)
  }

  async remove(server: Identity): Promise<void> {
    await this.writing(this.records(this.store ?? (await this.opened()), server).remove())
  }

  async *list(name?: string, after?: string): AsyncIterable<Identity> {
    const { database } = this.store ?? (await this.opened())
    for (const head of database.getKeys(heads(name, after))) yield identityOf(head)
  }

  async due(until: number, limit: number): Promise<readonly Due[]> {
    const { database } = this.store ?? (await this.opened())
    return Array.from(database.getKeys({ ...wakes(until), limit }), dueOf)
  }

  async close(): Promise<void> {
    this.isClosed = true
    const store = await this.opening?.catch(() => undefined) // who asked for it has been told
    this.store = this.opening = undefined
    while (this.writes.size > 0) await Promise.all(this.writes)
    await store?.close()
  }

  private records(store: Store, server: Identity): Records {
    return new Records(store, this.options, this.report, server)
  }

  // The first who needs it opens it; one that could not be opened is tried again.
  private opened(): Promise<Store> {
    return (this.opening ??= openStore(this.options).then(
      store => {
        this.isClosed = false
        return (this.store = store)
      },
      (error: unknown) => {
        this.opening = undefined
        throw error
      },
    ))
  }

  // What the driver throws has a number for a code.
  private writing<T>(work: Promise<T>): Promise<T> {
    const done = work.catch((error: unknown) => {
      throw typeof (error as { code?: unknown }).code === 'number'
        ? new StoreWriteError(this.options.path, error)
        : error
    })
    const ended: Promise<unknown> = done
      .catch(() => undefined)
      .then(() => {
        this.writes.delete(ended)
      })
    this.writes.add(ended)
    return done
  }

  private start({ name, run }: Task): void {
    if (this.running.has(name)) return
    const done = this.writing(run()).then(undefined, (error: unknown) => {
      this.report(error instanceof Error ? error : new Error(String(error)))
    })
    this.running.set(
      name,
      done.then(() => void this.running.delete(name)),
    )
  }
}

const check = ({ path, durability, onDamaged, snapshot, mapSize }: LmdbKeeperOptions): void => {
  const bad = (option: string, value: unknown, expected: string): Error =>
    new BadOptionError('lmdbKeeper()', option, value, expected)
  if (typeof path !== 'string' || path === '') throw bad('path', path, 'the path of a folder')
  if (durability !== undefined && !['power', 'process'].includes(durability))
    throw bad('durability', durability, "'power' or 'process'")
  if (onDamaged !== undefined && !['fail', 'last-good'].includes(onDamaged))
    throw bad('onDamaged', onDamaged, "'fail' or 'last-good'")
  const numbers = { mapSize, 'snapshot.share': snapshot?.share, 'snapshot.minBytes': snapshot?.minBytes }
  for (const [option, value] of Object.entries(numbers))
    if (value !== undefined && !(typeof value === 'number' && value >= 0))
      throw bad(option, value, 'a number from 0 on')
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
