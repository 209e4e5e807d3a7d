import type { StoreOptions } from '../record/store-options.js'
import type { RedisClient } from './client.js'

/** What {@link redisKeeper} takes. One of `url` and `client`. */
export interface RedisKeeperOptions extends StoreOptions {
  /** Where the server is: `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS. The keeper makes a connection of its own. */
  readonly url?: string
  /**
   * A client of `ioredis` to use instead; whoever made it closes it. Give it `autoResendUnfulfilledCommands: false` and a `socketTimeout`: else it
   * waits as long as TCP does for a server that has gone silent.
   */
  readonly client?: RedisClient
  /** What all keys begin with, in braces: `{peeper}:…`. Applications that share a database have one each. Default `'peeper'`. */
  readonly prefix?: string
  /** How long the server may take to answer, in ms. A commit that it does not answer is uncertain. Default 10 000. */
  readonly timeout?: number
  /**
   * Told of what nobody waits for: a damaged record that was passed over, a snapshot that failed, a connection that broke, a server that may throw
   * keys away. Default: a warning of the process.
   */
  readonly report?: (error: Error) => void
}

/** The same with nothing left open. */
export interface Settings extends StoreOptions {
  readonly prefix: string
  readonly timeout: number
  readonly report: (error: Error) => void
  /** What messages call the store. */
  readonly store: string
}
