import type { Identity } from '../identity.js'
import type { Patch } from '../data/patch.js'
import type { KeptTable, TableWrite } from '../tables/table-write.js'

/** What a keeper holds of a server. */
export interface Kept {
  /** Counts the committed changes, from 1: the first state. */
  readonly revision: number
  readonly state: unknown
  /** The `version` of the callback module that wrote it. */
  readonly version: number
  /** The tables; none if left out. */
  readonly tables?: readonly KeptTable[] | undefined
  /** The dictionary; empty if left out. */
  readonly dictionary?: ReadonlyMap<unknown, unknown> | undefined
}

/** One commit: from the revision that the keeper holds to `revision`. It may stand for several messages that completed meanwhile. */
export interface Change {
  readonly revision: number
  readonly version: number
  /** The whole next state, sharing all that is unchanged with the one before. It is frozen: it may be held as it is. */
  readonly state: unknown
  /** What changed, made when first asked for: its size follows the change, not the state. */
  readonly patches: readonly Patch[]
  /** What was written to tables, in its order. A keeper that holds no tables loses them with the process. */
  readonly tables: readonly TableWrite[]
  /** What changed in the dictionary: to be applied to a Map, which is empty at first. */
  readonly dictionary: readonly Patch[]
  /** From when on the server wants to be woken, in ms since 1970, in memory or not; left out: not by itself. It takes the place of the one before. */
  readonly wakeAt?: number | undefined
}

/** A server that wants to be woken. */
export interface Due {
  readonly server: Identity
  /** Since when, in ms since 1970. */
  readonly at: number
}

/**
 * Holds the last committed state of servers, outside everything that restarts. Write one to keep state elsewhere; all methods may answer at
 * once or with a promise.
 *
 * @example
 * class MyKeeper implements Keeper { … }
 * PeeperModule.forRoot({ keeper: new MyKeeper() })
 */
export interface Keeper {
  /** Opens the store, if it is not open; called before a server starts, any number of times. What it throws fails the start. */
  open?(): void | Promise<void>
  /**
   * What it fails with counts as the store being away, which is waited for at a restart, unless it is an error of this library (`PeeperError`): that
   * says that waiting is of no use. The same holds for `commit`.
   */
  load(server: Identity): Kept | undefined | Promise<Kept | undefined>
  /** Stores the change if the stored revision is `expectedRevision` (0: nothing stored); otherwise throws `StaleOwnerError`. */
  commit(server: Identity, change: Change, expectedRevision: number): void | Promise<void>
  remove(server: Identity): void | Promise<void>
  /**
   * All that is stored; with `name` only that of the servers of this name, if the store can tell them apart; with `after` as well, only the keys
   * that come behind this one, in the store's own order, which is always the same. It is read as it is walked.
   */
  list(name?: string, after?: string): Iterable<Identity> | AsyncIterable<Identity>
  /** Servers whose `wakeAt` has come by `until`, the earliest first, at most `limit` of them. Without it no reminder wakes a server that is not in memory. */
  due?(until: number, limit: number): readonly Due[] | Promise<readonly Due[]>
  close?(): void | Promise<void>
}
