import { NewerRecord } from '../record/damage.js'
import { DamagedRecordError, NewerStoreError } from '../record/errors.js'
import { FORMAT } from '../record/frame.js'
import type { LmdbKeeperOptions } from './options.js'

/** What becomes of the records of a server that are not what was written. */
export class Damages {
  constructor(
    private readonly server: string,
    private readonly options: LmdbKeeperOptions,
    private readonly report: (error: Error) => void,
  ) {}

  reading<T>(place: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.at(place, error)
    }
  }

  /** Reports it if what can be read is to be taken; else throws it. */
  passOver(place: string, cause: unknown): void {
    const error = this.at(place, cause)
    if (this.options.onDamaged !== 'last-good' || error instanceof NewerStoreError) throw error
    this.report(error)
  }

  at(place: string, cause: unknown): Error {
    const store = `the store '${this.options.path}'`
    return cause instanceof NewerRecord
      ? new NewerStoreError(store, cause.format, FORMAT)
      : new DamagedRecordError(this.server, place, store, cause)
  }
}
