import type { Database } from './store.js'

type Write =
  | { readonly key: Buffer; readonly bytes: Buffer; readonly revision: number }
  | { readonly key: Buffer; readonly bytes: undefined }

/** Writes that happen together or not at all. */
export class Plan {
  private readonly writes: Write[] = []

  put(key: Buffer, bytes: Buffer, revision: number): void {
    this.writes.push({ key, bytes, revision })
  }

  remove(key: Buffer): void {
    this.writes.push({ key, bytes: undefined })
  }

  removeAll(keys: Iterable<Buffer>): void {
    for (const key of keys) this.remove(key)
  }

  /** If the record of this key has this revision, 0 if there is none; answers whether it had. */
  async writeIf(database: Database, key: Buffer, revision: number): Promise<boolean> {
    const [first, ...more] = this.writes
    try {
      // One record that is its own condition takes the short way.
      if (first?.bytes !== undefined && more.length === 0 && first.key === key)
        return await database.put(key, first.bytes, first.revision, revision === 0 ? NONE : revision)
      const write = (): void => {
        this.write(database)
      }
      return revision === 0
        ? await database.ifNoExists(key, write)
        : await database.ifVersion(key, revision, write)
    } catch (error) {
      throw await reasonOf(error)
    }
  }

  /** Whatever is stored. */
  async writeAll(database: Database): Promise<void> {
    try {
      await database.batch(() => {
        this.write(database)
      })
    } catch (error) {
      throw await reasonOf(error)
    }
  }

  private write(database: Database): void {
    for (const { key, ...write } of this.writes)
      void (write.bytes === undefined ? database.remove(key) : database.put(key, write.bytes, write.revision))
  }
}

const NONE = null as unknown as number // as the driver has it

/** The driver's error only says where the reason is. */
const reasonOf = (error: unknown): unknown => {
  const { commitError } = error as { commitError?: Promise<never> }
  return commitError === undefined ? error : commitError.catch((reason: unknown) => reason)
}
