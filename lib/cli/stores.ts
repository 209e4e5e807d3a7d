import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Keeper } from '../engine/keeper/keeper.js'
import { exportsOf } from './exports.js'
import { UsageError } from './usage-error.js'

/** How it is opened. */
export interface Opening {
  /** Told of what nobody waits for. */
  readonly report: (error: Error) => void
  /** May it be made? Not by commands that only read: a slip of the pen shall not make a store. */
  readonly makes: boolean
}

/** One way to say which keeper it is: an option of that name. */
interface Store {
  readonly takes: string
  readonly help: string
  /** The drivers of keepers are optional: a keeper is loaded when it is asked for. */
  open(where: string, how: Opening): Promise<Keeper>
  /** Is there one? Asked where it may not be made. */
  isThere?(where: string): boolean
}

/** By option. A new keeper is a new line. */
export const stores: Readonly<Record<string, Store>> = {
  lmdb: {
    takes: '<folder>',
    help: 'the folder of an lmdbKeeper()',
    open: async (path, { report }) => (await import('../keepers/lmdb/index.js')).lmdbKeeper({ path, report }),
    isThere: path => existsSync(join(path, 'data.mdb')),
  },
  postgres: {
    takes: '<url>',
    help: 'the URL of a postgresKeeper()',
    open: async (url, { report, makes }) =>
      (await import('../keepers/postgres/index.js')).postgresKeeper({ url, report, migrate: makes }),
  },
  // redis: { takes: '<url>', help: 'the URL of a redisKeeper()', open: async (url, { report }) => (await import('../keepers/redis/index.js')).redisKeeper({ url, report }) },
  keeper: {
    takes: '<module>',
    help: 'the path of an ES module that exports a keeper, as `keeper` or by another name',
    open: async path => keeperIn(path, await exportsOf(path, '--keeper')),
  },
}

/** The keeper that the options say. Throws {@link UsageError} if they say none, or two. */
export const storeOf = async (
  options: Readonly<Record<string, unknown>>,
  opening: Opening,
): Promise<Keeper> => {
  const names = Object.keys(stores).filter(name => options[name] !== undefined)
  const all = Object.entries(stores).map(([name, { takes }]) => `--${name} ${takes}`)
  if (names.length !== 1)
    throw new UsageError(`say ${names.length === 0 ? 'which store it is' : 'one store'}: ${all.join(' or ')}`)
  const [name = ''] = names
  const where = String(options[name])
  const store = stores[name] as Store
  if (!opening.makes && store.isThere?.(where) === false)
    throw new UsageError(`there is no store in '${where}'`)
  return store.open(where, opening)
}

const METHODS = ['load', 'commit', 'remove', 'list']

const isKeeper = (value: unknown): value is Keeper =>
  typeof value === 'object' &&
  value !== null &&
  METHODS.every(method => typeof (value as Record<string, unknown>)[method] === 'function')

const keeperIn = (path: string, exported: ReadonlyMap<string, unknown>): Keeper => {
  if (isKeeper(exported.get('keeper'))) return exported.get('keeper') as Keeper
  const [keeper, ...more] = [...exported.values()].filter(isKeeper)
  if (keeper !== undefined && more.length === 0) return keeper
  const found = keeper === undefined ? 'no keeper' : 'several keepers, and none as `keeper`'
  throw new UsageError(`--keeper ${path} exports ${found}: it has to export const keeper = …`)
}
