import { memoryKeeper, type Keeper } from 'nestjs-peeper/engine'
import { journalKeeper } from '../support/journal-keeper.js'
import { postgresUrl, temporaryPostgresKeeper } from '../support/stores/temporary-postgres.js'
import { temporaryLmdbKeeper } from '../support/temporary-lmdb.js'

/** One way to run servers: which worker runs the messages, which keeper holds the states. */
export interface Combination {
  readonly name: string
  readonly worker: 'inline'
  readonly keeper: () => Keeper
}

/** All that has to behave the same. */
export const combinations: readonly Combination[] = [
  { name: 'inline worker, memory keeper', worker: 'inline', keeper: memoryKeeper },
  { name: 'inline worker, journal keeper', worker: 'inline', keeper: journalKeeper },
  { name: 'inline worker, lmdb keeper', worker: 'inline', keeper: () => temporaryLmdbKeeper() },
  ...(postgresUrl === undefined
    ? []
    : [
        {
          name: 'inline worker, postgres keeper',
          worker: 'inline',
          keeper: () => temporaryPostgresKeeper(),
        } as const,
      ]),
]
