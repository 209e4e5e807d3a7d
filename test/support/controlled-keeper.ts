import type { Keeper, Kept, KeptTable } from 'nestjs-peeper/engine'
import { latch } from './latch.js'

/** A keeper whose commits a test can hold back or let fail. */
export interface ControlledKeeper {
  readonly keeper: Keeper
  /** Commits wait from now on, until what this returns is called. */
  hold(): () => void
  /** The next commit fails, after the change was stored or without. */
  failNext(error: Error, how: { readonly stored: boolean }): void
  /** All loads fail while this is set. */
  failLoads: Error | undefined
  /** All commits fail while this is set, and store nothing. */
  failCommits: Error | undefined
  /** Loads wait from now on, until what this returns is called. */
  holdLoads(): () => void
  /** How many loads and commits were asked for. */
  readonly asked: { loads: number; commits: number }
  /** While the store has something to answer, a promise until it has. */
  busy(): Promise<unknown> | undefined
}

export const controlledKeeper = (inner: Keeper): ControlledKeeper => {
  let held: Promise<void> | undefined
  let heldLoads: Promise<void> | undefined
  const asked = new Set<Promise<unknown>>()
  const watched = <T>(answer: T | Promise<T>): T | Promise<T> => {
    if (!(answer instanceof Promise)) return answer
    const done: Promise<unknown> = answer.catch(() => undefined).finally(() => asked.delete(done))
    asked.add(done)
    return answer
  }
  // A table may be read later, and piece by piece.
  const watchedTables = (kept: Kept | undefined): Kept | undefined =>
    kept && { ...kept, tables: kept.tables?.map(table => ({ ...table, entries: watchedEntries(table) })) }
  const watchedEntries = ({ entries }: KeptTable): KeptTable['entries'] => {
    if (Symbol.iterator in entries) return entries
    return {
      [Symbol.asyncIterator]: () => {
        const walk = entries[Symbol.asyncIterator]()
        return { next: () => Promise.resolve(watched(walk.next())) }
      },
    }
  }
  // Those that were held back go on in the order they came in.
  let turn: Promise<unknown> = Promise.resolve()
  let failure: { readonly error: Error; readonly stored: boolean } | undefined
  const control: ControlledKeeper = {
    keeper: {
      load: server => {
        control.asked.loads += 1
        if (control.failLoads !== undefined) throw control.failLoads
        const loading = (): Kept | undefined | Promise<Kept | undefined> => {
          const found = watched(inner.load(server))
          return found instanceof Promise ? found.then(watchedTables) : found
        }
        return heldLoads === undefined ? loading() : heldLoads.then(loading)
      },
      commit: (server, change, expected) => {
        control.asked.commits += 1
        if (control.failCommits !== undefined) throw control.failCommits
        const failing = failure
        failure = undefined
        if (held === undefined && failing === undefined)
          return watched(inner.commit(server, change, expected))
        if (held === undefined && failing?.stored === false) throw failing.error
        const done = Promise.all([held, turn]).then(async () => {
          if (failing?.stored !== false) await watched(inner.commit(server, change, expected))
          if (failing !== undefined) throw failing.error
        })
        turn = done.catch(() => undefined)
        return done
      },
      remove: server => watched(inner.remove(server)),
      list: (name, after) => inner.list(name, after),
      ...(inner.due && { due: (until, limit) => watched(inner.due!(until, limit)) }),
      close: () => inner.close && watched(inner.close()),
    },
    hold: () => {
      const { open, opened } = latch()
      held = opened
      return () => {
        held = undefined
        open()
      }
    },
    failNext: (error, { stored }) => {
      failure = { error, stored }
    },
    failLoads: undefined,
    failCommits: undefined,
    holdLoads: () => {
      const { open, opened } = latch()
      heldLoads = opened
      return () => {
        heldLoads = undefined
        open()
      }
    },
    asked: { loads: 0, commits: 0 },
    busy: () => (asked.size === 0 ? undefined : Promise.all(asked)),
  }
  return control
}
