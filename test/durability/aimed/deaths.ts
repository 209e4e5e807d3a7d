import {
  Engine,
  type Callbacks,
  type Context,
  type Family,
  type Keeper,
  type Server,
} from 'nestjs-peeper/engine'
import { never } from '../../support/latch.js'
import { isSnapshotOfState, Part } from '../../support/raw-lmdb.js'
import { die, dyingKeeper, dyingTransaction, type Side } from './death.js'
import { add, keeperOf, list, listOf2, type State } from './list-server.js'

/** One way for a process to end, and what has to be there afterwards. */
export interface Death {
  readonly when: string
  /** Lives on this store, and does not outlive it. */
  readonly on: (path: string) => Promise<unknown>
  /** All that the log that is stored may be; `undefined`: nothing is stored. */
  readonly left: readonly (readonly string[] | undefined)[]
  /** The version that wrote it; 1 unless said. */
  readonly versions?: readonly number[]
  /** Of which revisions the snapshot may be. */
  readonly snapshots?: readonly number[]
  /** Of the server with this key. */
  readonly key?: string
}

interface Options {
  readonly callbacks?: Callbacks
  readonly version?: number
  readonly state?: State
}

/** Starts the server `list` on this keeper; its first state is one entry. */
const start = (keeper: Keeper, options: Options = {}): Promise<Server> =>
  new Engine({ keeper }).start({ name: 'list', state: { log: ['first'] }, callbacks: list, ...options })

/** Leaves the server with one change more than its first state, by a process that ended as it should. */
const live = async (path: string): Promise<void> => {
  const engine = new Engine({ keeper: keeperOf(path) })
  const server = await engine.start({ name: 'list', state: { log: ['first'] }, callbacks: list })
  await server.call('add', 'before')
  await engine.close()
}

const SIDES = ['before', 'meanwhile', 'after'] as const
const NAMES = { before: 'before', meanwhile: 'while', after: 'after' }

/** The same death on three sides of what a keeper does; what is done meanwhile is either done or not. */
const around = (
  what: string,
  on: (path: string, side: Side) => Promise<unknown>,
  left: Record<'before' | 'after', Pick<Death, 'left' | 'versions' | 'snapshots'>>,
  key?: string,
): Death[] =>
  SIDES.map(side => {
    const all = side === 'meanwhile' ? [left.before, left.after] : [left[side]]
    return {
      when: `${NAMES[side]} ${what}`,
      on: path => on(path, side),
      left: all.flatMap(each => each.left),
      versions: all.flatMap(({ versions = [1] }) => versions),
      ...(left.before.snapshots && { snapshots: all.flatMap(({ snapshots = [] }) => snapshots) }),
      ...(key === undefined ? {} : { key }),
    }
  })

const at = (path: string, operation: Parameters<typeof dyingKeeper>[1], side: Side, nth = 1): Keeper =>
  dyingKeeper(keeperOf(path), operation, side, nth)

// A snapshot writes the head too.
const isEnd = (key: Buffer, method: 'put' | 'remove'): boolean => key[0] === Part.head && method === 'remove'

const LARGE = Array.from({ length: 2_000 }, () => 'x'.repeat(500))

/** A large state changes, and a snapshot is due. */
const compact = async (path: string, prepare: (keeper: Keeper) => void = () => undefined): Promise<void> => {
  const keeper = keeperOf(path)
  const server = await start(keeper, { state: { log: ['first'], filler: LARGE } })
  prepare(keeper)
  await server.call('add', 'a')
}

const upgrade = (keeper: Keeper, callbacks: Callbacks = {}): Promise<unknown> =>
  start(keeper, { version: 2, callbacks: { ...listOf2, ...callbacks } })

const keyed = (keeper: Keeper, callbacks: Callbacks = {}): Family =>
  new Engine({ keeper }).family({
    name: 'list',
    state: { log: [] },
    callbacks: { ...list, ...callbacks },
    idle: 1,
  })

const close = async (keeper: Keeper, callbacks: Callbacks = {}): Promise<void> => {
  const engine = new Engine({ keeper })
  const server = await engine.start({
    name: 'list',
    state: { log: [] },
    callbacks: { ...list, ...callbacks },
  })
  await server.call('add', 'a')
  server.cast('add', 'b')
  await engine.close()
}

const dieAt =
  (entry: string) =>
  async (state: State, given: string, ctx: Context): Promise<void> => {
    await add(state, given, ctx)
    if (given === entry) die()
  }

export const deaths: readonly Death[] = [
  ...around('the first state of a server is stored', (path, side) => start(at(path, 'commit', side)), {
    before: { left: [undefined] },
    after: { left: [['first']] },
  }),
  ...around(
    'a change is stored',
    async (path, side) => {
      const server = await start(at(path, 'commit', side, 3))
      for (const entry of ['a', 'b']) await server.call('add', entry)
    },
    { before: { left: [['first', 'a']] }, after: { left: [['first', 'a', 'b']] } },
  ),
  {
    when: 'while the bytes of a snapshot are made',
    on: async path => {
      await compact(path)
      for (let slice = 0; slice < 3; slice += 1) await new Promise(setImmediate)
      die()
    },
    left: [['first', 'a']],
    snapshots: [1],
  },
  ...around(
    'the transaction runs that writes a snapshot and cuts the journal',
    async (path, side) => {
      await compact(path, keeper => {
        dyingTransaction(keeper, isSnapshotOfState, side)
      })
      await never()
    },
    {
      before: { left: [['first', 'a']], snapshots: [1] },
      after: { left: [['first', 'a']], snapshots: [2] },
    },
  ),
  {
    when: 'in the middle of an upgrade',
    on: async path => {
      await live(path)
      await upgrade(keeperOf(path), {
        codeChange: (state: State) => {
          state.log.push('half an upgrade')
          die()
        },
      })
    },
    left: [['first', 'before']],
  },
  ...around(
    'an upgraded state is stored',
    async (path, side) => {
      await live(path)
      await upgrade(at(path, 'commit', side))
    },
    {
      before: { left: [['first', 'before']] },
      after: { left: [['first', 'before', 'upgraded']], versions: [2] },
    },
  ),
  {
    when: 'in the init that follows an upgrade',
    on: async path => {
      await live(path)
      await upgrade(keeperOf(path), { init: die })
    },
    left: [['first', 'before', 'upgraded']],
    versions: [2],
  },
  ...around(
    'a state is discarded by start with { reset: true }',
    async (path, side) => {
      await live(path)
      const keeper = keeperOf(path)
      await keeper.open?.()
      dyingTransaction(keeper, isEnd, side)
      const engine = new Engine({ keeper })
      engine.declare({ name: 'list', callbacks: list })
      await engine.start('list', { reset: true, state: { log: ['anew'] } })
    },
    { before: { left: [['first', 'before']] }, after: { left: [undefined] } },
  ),
  ...around(
    'a keyed server is stored for the first time',
    (path, side) =>
      keyed(at(path, 'commit', side))
        .for('key')
        .call('add', 'a'),
    { before: { left: [undefined] }, after: { left: [['a']] } },
    'key',
  ),
  {
    when: 'in the terminate of a keyed server that leaves memory',
    on: async path => {
      await keyed(keeperOf(path), { terminate: die }).for('key').call('add', 'a')
      await never()
    },
    left: [['a']],
    key: 'key',
  },
  {
    when: 'while a keyed server is brought back',
    on: async path => {
      const family = keyed(at(path, 'load', 'meanwhile', 2))
      await family.for('key').call('add', 'a')
      await family.stop('key')
      await family.for('key').call('add', 'b')
    },
    left: [['a']],
    key: 'key',
  },
  ...around(
    'a keyed server is forgotten',
    async (path, side) => {
      const keeper = keeperOf(path)
      const family = keyed(keeper)
      await family.for('key').call('add', 'a')
      dyingTransaction(keeper, isEnd, side)
      await family.forget('key')
    },
    { before: { left: [['a']] }, after: { left: [undefined] } },
    'key',
  ),
  {
    when: 'while what was accepted before close is served',
    on: path => close(keeperOf(path), { cast: { add: dieAt('b') } }),
    left: [['a']],
  },
  {
    when: 'in a terminate of close',
    on: path => close(keeperOf(path), { terminate: die }),
    left: [['a', 'b']],
  },
  ...around('the keeper is closed', (path, side) => close(at(path, 'close', side)), {
    before: { left: [['a', 'b']] },
    after: { left: [['a', 'b']] },
  }),
]
