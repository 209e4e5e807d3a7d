import { NewerRecord } from './damage.js'
import { DamagedRecordError, NewerStoreError } from './errors.js'
import { FORMAT } from './frame.js'
import { Unreadable, type Recovered } from './recover.js'

/** What becomes of damaged records. */
export interface DamageOptions {
  /**
   * A record that is not what was written: `'fail'` (the default) fails the load of that server; `'last-good'` takes the newest state that can be
   * read, leaves out entries of tables that cannot, and reports each.
   */
  readonly onDamaged?: 'fail' | 'last-good'
}

/** Tells of the damaged records of one server, or passes them over. */
export class Damages {
  constructor(
    private readonly server: string,
    private readonly store: string,
    private readonly options: DamageOptions,
    private readonly report: (error: Error) => void,
  ) {}

  /** Reads what nothing can take the place of. */
  reading<T>(place: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.error(place, error)
    }
  }

  /** What could be recovered. */
  recovered(recover: () => Recovered): Recovered {
    try {
      const found = recover()
      if (found.damage !== undefined) this.passOver(found.damage.place, found.damage.cause)
      return found
    } catch (error) {
      throw error instanceof Unreadable ? this.error(error.place, error.cause) : error
    }
  }

  /** Throws, unless the rest counts without this record. */
  passOver(place: string, cause: unknown): void {
    const error = this.error(place, cause)
    if (this.options.onDamaged !== 'last-good' || error instanceof NewerStoreError) throw error
    this.report(error)
  }

  private error(place: string, cause: unknown): Error {
    return cause instanceof NewerRecord
      ? new NewerStoreError(this.store, cause.format, FORMAT)
      : new DamagedRecordError(this.server, place, this.store, cause)
  }
}
