import type { StoreOptions } from '../record/store-options.js'
import type { PostgresPool } from './driver.js'

/** What {@link postgresKeeper} takes: a `url` or a `pool`. */
export interface PostgresKeeperOptions extends StoreOptions {
  /** Where the server is: `postgres://user:password@host:5432/database`. The keeper makes its own pool, and ends it. Needs the package `pg`. */
  readonly url?: string
  /** Connections of the pool that it makes of `url`, at most. Default 10. */
  readonly connections?: number
  /** A `Pool` of the package `pg`, or what looks like one. It stays yours: end it after the application, and listen to its `error` event. */
  readonly pool?: PostgresPool
  /** The schema that holds its tables. Default `'peeper'`. Applications that share one share their servers. */
  readonly schema?: string
  /**
   * `true` (the default): tables that are not there are made at the start, once, by whoever comes first. `false`: they have to be there, made by
   * {@link postgresMigration}.
   */
  readonly migrate?: boolean
  /** How long one statement may take, in ms, waiting for a connection included. Default 10 000. After that it is not known whether it happened. */
  readonly timeout?: number
  /** Told of what nobody waits for: a damaged record that was passed over, a snapshot that failed. Default: a warning of the process. */
  readonly report?: (error: Error) => void
}
