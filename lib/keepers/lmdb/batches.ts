import { StoreWriteError } from './errors.js'
import type { Database, Opened } from './opening.js'
import type { Plan } from './plan.js'

/** Writes after which a batch is handed to the driver, which then writes while the next one is made. */
const FULL = 128

/** Told of the end of what was on its way. */
export interface Writing {
  settled(isWritten: boolean): void
}

/** What a store writes at once: of whichever servers, all of it or nothing. */
class Batch implements Plan {
  readonly done: Promise<void>
  private readonly keys: Buffer[] = []
  private readonly values: (Buffer | undefined)[] = []
  private readonly revisions: number[] = []
  private readonly writings: Writing[] = []
  private resolve!: () => void
  private reject!: (error: unknown) => void

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  get size(): number {
    return this.keys.length
  }

  put(key: Buffer, bytes: Buffer, revision: number): void {
    this.keys.push(key)
    this.values.push(bytes)
    this.revisions.push(revision)
  }

  remove(key: Buffer): void {
    this.keys.push(key)
    this.values.push(undefined)
    this.revisions.push(0)
  }

  removeAll(keys: Iterable<Buffer>): void {
    for (const key of keys) this.remove(key)
  }

  add(writing: Writing): void {
    this.writings.push(writing)
  }

  /** Takes back all but so many. */
  cut(size: number): void {
    this.keys.length = this.values.length = this.revisions.length = size
  }

  write(database: Database): void {
    const { keys, values, revisions } = this
    for (let i = 0; i < keys.length; i += 1) {
      const [key, value] = [keys[i] as Buffer, values[i]]
      void (value === undefined ? database.remove(key) : database.put(key, value, revisions[i] as number))
    }
  }

  succeed(): void {
    for (const writing of this.writings) writing.settled(true)
    this.resolve()
  }

  fail(error: unknown): void {
    for (const writing of this.writings) writing.settled(false)
    this.reject(error)
  }
}

/** One for good: without any, V8 forgets at a full collection what it optimised for them. */
export const exemplar = new Batch()

/**
 * Collects what servers write in one turn into batches, each a transaction, or a part of one. The condition of each is that the store is still
 * held by this process: nobody else writes to it, so what this one knows of it is so.
 */
export class Batches {
  private open: Batch | undefined = undefined
  private readonly onTheirWay = new Set<Promise<void>>()
  private lost: Error | undefined = undefined

  constructor(
    private readonly store: Opened,
    private readonly path: string,
  ) {}

  /** Writes what is planned, all of it or nothing. Resolves once it is stored; rejects if it is not, or nobody can tell. `writing` is told before. */
  write(writing: Writing, planned: (plan: Plan) => void): Promise<void> {
    this.check()
    const batch = (this.open ??= this.begun())
    const { size } = batch
    try {
      planned(batch)
    } catch (error) {
      batch.cut(size)
      throw error
    }
    batch.add(writing)
    if (batch.size >= FULL) this.flush(batch)
    return batch.done
  }

  /** Throws if another process has taken the store. */
  check(): void {
    if (this.lost !== undefined) throw this.lost
  }

  get areOnTheirWay(): boolean {
    return this.onTheirWay.size > 0
  }

  /** Resolves once nothing is on its way. */
  async idle(): Promise<void> {
    while (this.areOnTheirWay) await Promise.allSettled(this.onTheirWay)
  }

  // It takes what comes until all that is ready to run has run.
  private begun(): Batch {
    const batch = new Batch()
    const leave = (): void => {
      this.onTheirWay.delete(batch.done)
    }
    this.onTheirWay.add(batch.done)
    batch.done.then(leave, leave)
    process.nextTick(() => {
      if (this.open === batch) this.flush(batch)
    })
    return batch
  }

  private flush(batch: Batch): void {
    this.open = undefined
    const { database, lock } = this.store
    const failed = (error: unknown): void => {
      batch.fail(isOfDriver(error) ? new StoreWriteError(this.path, error) : error)
    }
    try {
      database
        .ifVersion(lock.key, lock.version, () => {
          batch.write(database)
        })
        .then(
          isOurs => {
            if (isOurs) batch.succeed()
            else batch.fail((this.lost ??= this.store.taken()))
          },
          (error: unknown) => reasonOf(error).then(failed, failed),
        )
    } catch (error) {
      failed(error)
    }
  }
}

/** The driver's error only says where the reason is. */
const reasonOf = (error: unknown): Promise<unknown> =>
  (error as { commitError?: Promise<never> }).commitError ?? Promise.resolve(error)

/** What the driver throws has a number for a code. */
const isOfDriver = (error: unknown): boolean => typeof (error as { code?: unknown }).code === 'number'
