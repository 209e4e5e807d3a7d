import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import {
  Data,
  diff,
  Engine,
  type Context,
  type Identity,
  type Keeper,
  type TableWrite,
} from 'nestjs-peeper/engine'
import { Part, keysOf, withRaw } from '../support/raw-lmdb.js'
import { temporaryFolder, temporaryLmdbKeeper } from '../support/temporary-lmdb.js'

/** Entries that are written at once. */
const GO = 100_000

const data = new Data()

interface Step {
  readonly revision: number
  readonly base?: unknown
  readonly state?: unknown
  readonly tables?: readonly TableWrite[]
}

/** Writes one change, and answers with the state as it is kept. */
const commit = async (
  keeper: Keeper,
  server: Identity,
  step: Step,
  expected = step.revision - 1,
): Promise<unknown> => {
  const { revision, base, tables = [] } = step
  const state = data.keep(step.state, base)
  const patches = base === undefined ? [{ op: 'set' as const, path: [], value: state }] : diff(base, state)
  await keeper.commit(server, { revision, version: 1, state, patches, tables, dictionary: [] }, expected)
  return state
}

const text = (length: number): string => 'x'.repeat(length)
const all = async <T>(each: Iterable<T> | AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = []
  for await (const one of each) out.push(one)
  return out
}

/** Bytes this process has written, to files and to others. */
const written = (): number => Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
const onLinux = process.platform === 'linux' ? test : test.skip

describe('what a commit writes follows what changed', () => {
  onLinux('one field of a state of 5 MB', async () => {
    const keeper = temporaryLmdbKeeper({ durability: 'power', snapshot: {} })
    const parts = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`part ${i}`, { n: 0, text: text(10_000) }]),
    )
    let state = await commit(keeper, { name: 'large' }, { revision: 1, state: { parts } })
    const before = written()
    for (let revision = 2; revision <= 11; revision += 1) {
      const draft = data.draft(state)
      ;(draft.value as { parts: typeof parts }).parts['part 7']!.n = revision
      const next = draft.settle()
      draft.end()
      state = await commit(keeper, { name: 'large' }, { revision, base: state, state: next })
    }
    expect((written() - before) / 10).toBeLessThan(5_000_000 / 50)
  })

  onLinux(
    'one entry of a table of 1 000 000, as of a table of 10',
    async () => {
      const costOf = async (size: number): Promise<number> => {
        const keeper = temporaryLmdbKeeper({ durability: 'power', snapshot: {} })
        const set = (key: number, value: unknown): TableWrite => ({ op: 'set', table: 'bids', key, value })
        const create: TableWrite = { op: 'create', table: 'bids', ordered: false, access: 'private' }
        let revision = 1
        const next = async (tables: TableWrite[]): Promise<unknown> =>
          commit(keeper, { name: 'lot' }, { revision, ...(revision > 1 && { base: 0 }), state: 0, tables })
        await next([create])
        for (let first = 0; first < size; first += GO) {
          revision += 1
          await next(Array.from({ length: Math.min(GO, size) }, (_, i) => set(first + i, { bid: first + i })))
        }
        const before = written()
        for (let i = 0; i < 10; i += 1) {
          revision += 1
          await next([set(7, { bid: revision })])
        }
        return (written() - before) / 10
      }
      // Two pages of its own for each level of the tree of pages, which is three levels higher.
      expect(await costOf(1_000_000)).toBeLessThan((await costOf(10)) + 12 * 4_096)
    },
    120_000,
  )
})

describe('the fence', () => {
  test('of two that write at once on one revision, one does and the other is a stale owner', async () => {
    for (const state of [1, { text: text(2_000) }]) {
      const keeper = temporaryLmdbKeeper()
      await commit(keeper, { name: 'a' }, { revision: 1, state })
      const both = [2, 2].map(revision =>
        commit(keeper, { name: 'a' }, { revision, state: { text: text(2_000) } }),
      )
      const ended = await Promise.allSettled(both)
      expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect(ended[1]).toMatchObject({
        reason: { code: 'PEEPER_STALE_OWNER', message: expect.stringMatching(/at revision 2, not 1/) },
      })
    }
  })

  test.each([0, 2, 7])(
    'a change of a server that is at revision 1, meant for revision %d, is not stored',
    async expected => {
      const keeper = temporaryLmdbKeeper()
      await commit(keeper, { name: 'a' }, { revision: 1, state: 'first' })
      const tables: TableWrite[] = [{ op: 'create', table: 't', ordered: true, access: 'private' }]
      const late = commit(keeper, { name: 'a' }, { revision: 8, state: text(3_000), tables }, expected)
      await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
      expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 1, state: 'first', tables: [] })
    },
  )

  test('a change of a server that is not stored, meant for a revision of it, is not stored', async () => {
    const keeper = temporaryLmdbKeeper()
    const late = commit(keeper, { name: 'a' }, { revision: 8, state: 1 }, 7)
    await expect(late).rejects.toMatchObject({ code: 'PEEPER_STALE_OWNER' })
    expect(await keeper.load({ name: 'a' })).toBeUndefined()
  })
})

describe('list', () => {
  const names: Identity[] = [
    { name: 'a' },
    { name: 'a', key: '1' },
    { name: 'a', key: 'ü/2' },
    { name: 'a b', key: '1' },
    { name: 'ab' },
    { name: '\u{10ffff}', key: '\u{10ffff}' },
  ]

  test('tells all that is stored, or that of one name alone', async () => {
    const keeper = temporaryLmdbKeeper()
    for (const name of names) await commit(keeper, name, { revision: 1, state: text(2_000) })
    expect(await all(keeper.list())).toEqual(names)
    expect(await all(keeper.list('a'))).toEqual(names.slice(0, 3))
    expect(await all(keeper.list('\u{10ffff}'))).toEqual(names.slice(5))
    expect(await all(keeper.list('none'))).toEqual([])
  })

  test('a removed server is gone with all its records, and nobody else’s', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: { minBytes: 1e6 } })
    const tables: TableWrite[] = [
      { op: 'create', table: 't', ordered: true, access: 'private' },
      { op: 'set', table: 't', key: 1, value: 1 },
    ]
    for (const name of names) {
      const state = await commit(keeper, name, { revision: 1, state: { text: text(2_000) }, tables })
      await commit(keeper, name, { revision: 2, base: state, state: { text: text(2_000), n: 1 } })
    }
    for (const name of [names[0]!, names[2]!]) await keeper.remove(name)
    expect(await all(keeper.list())).toEqual([names[1], ...names.slice(3)])
    expect(await keeper.load(names[1]!)).toMatchObject({ revision: 2, state: { n: 1 } })
    await keeper.close?.()
    const left = await withRaw(path, raw => [...raw.getKeys()].map(key => key.toString('latin1').slice(0, 4)))
    expect(left.filter(key => key.slice(1) === 'a\0\0')).toEqual([])
    expect(left.filter(key => key.slice(1) === 'a\0\x01')).toHaveLength(5)
  })

  test('a name that is too long for a key is refused by its start', async () => {
    const engine = new Engine({ keeper: temporaryLmdbKeeper() })
    const started = engine.start({ name: text(513), state: 0, callbacks: {}, init: { retries: 0 } })
    await expect(started).rejects.toMatchObject({ cause: { code: 'PEEPER_BAD_NAME' } })
    await engine.close()
  })
})

describe('a snapshot', () => {
  const names = (part: number) => (path: string) => withRaw(path, raw => keysOf(raw, part).length)
  const [journals, snapshots] = [names(Part.journal), names(Part.snapshot)]
  const grow = async (keeper: Keeper, count: number, length = 0): Promise<void> => {
    const list = [text(2_000), ...Array.from({ length }, () => 'entry')]
    let state = await commit(keeper, { name: 'log' }, { revision: 1, state: { list } })
    for (let revision = 2; revision <= count; revision += 1) {
      const list = [...(state as { list: string[] }).list, text(100)]
      state = await commit(keeper, { name: 'log' }, { revision, base: state, state: { list } })
    }
  }

  test('takes the place of a journal that has outgrown its share of the state', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: { share: 0.5, minBytes: 500 } })
    await grow(keeper, 40)
    await keeper.close?.()
    expect(await journals(path)).toBeLessThan(25)
    expect(await snapshots(path)).toBe(1)
    const again = temporaryLmdbKeeper({ path })
    expect(await again.load({ name: 'log' })).toMatchObject({ revision: 40, state: { list: { length: 40 } } })
  })

  test('is not made while the journal is small', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: {} })
    await grow(keeper, 40)
    await keeper.close?.()
    expect(await journals(path)).toBe(39)
  })

  test('of a server that is removed meanwhile brings nothing of it back', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: { share: 0, minBytes: 50 } })
    await grow(keeper, 3, 200_000) // so large that it is made with pauses
    await keeper.remove({ name: 'log' })
    await keeper.close?.()
    expect([await journals(path), await snapshots(path)]).toEqual([0, 0])
  })

  test('and journal of a state that has become small are gone', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: {} })
    await grow(keeper, 3)
    await commit(keeper, { name: 'log' }, { revision: 4, state: 'small' })
    await keeper.close?.()
    expect([await journals(path), await snapshots(path)]).toEqual([0, 0])
  })

  test('that is being made when the keeper closes is there afterwards', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: { share: 0, minBytes: 50 } })
    await grow(keeper, 2, 200_000) // so large that it is made with pauses
    await keeper.close?.()
    expect(await journals(path)).toBe(0)
  })

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'never takes the place of a state that was written whole meanwhile (%d turns later)',
    async turns => {
      const keeper = temporaryLmdbKeeper({ snapshot: { share: 0, minBytes: 50 } })
      await grow(keeper, 2, 30_000) // so large that it is made with pauses
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      await commit(keeper, { name: 'log' }, { revision: 3, state: { other: text(3_000) } })
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
      await commit(keeper, { name: 'last' }, { revision: 1, state: 0 }) // behind all that was on its way
      expect(await keeper.load({ name: 'log' })).toMatchObject({ revision: 3, state: { other: text(3_000) } })
    },
  )

  test('of the dictionary keeps the order of its keys', async () => {
    const path = temporaryFolder()
    const callbacks = {
      call: {
        put: (_: unknown, [key, value]: [unknown, unknown], { dictionary }: Context) => {
          dictionary.delete(key)
          dictionary.set(key, value)
        },
        read: (_: unknown, __: unknown, { dictionary }: Context) => [...dictionary],
      },
    }
    const options = { path, snapshot: { share: 0, minBytes: 60 } }
    const engine = new Engine({ keeper: temporaryLmdbKeeper(options) })
    const server = await engine.start({ name: 'd', state: 0, callbacks })
    for (const [key, value] of [
      ['a', 1],
      ['b', new Map([[1n, 2]])],
      ['c', text(50)],
      ['a', { deep: [1] }],
      [7, 8],
    ])
      await server.call('put', [key, value])
    await engine.close()
    expect(await journals(path)).toBeLessThan(3)
    const next = new Engine({ keeper: temporaryLmdbKeeper(options) })
    const again = await next.start({ name: 'd', state: 0, callbacks })
    const entries = [
      ['b', new Map([[1n, 2]])],
      ['c', text(50)],
      ['a', { deep: [1] }],
      [7, 8],
    ]
    expect(await again.call('read')).toEqual(entries)
    await next.close()
  })
})

test('tables are read when they are opened, whatever their names and keys are', async () => {
  const path = temporaryFolder()
  const keeper = temporaryLmdbKeeper({ path })
  const keys = [
    '',
    '1',
    1,
    1n,
    true,
    null,
    undefined,
    'a\0',
    'a',
    '\ud800',
    '\ud801',
    text(300),
    [1, ['x']],
    { a: 1 },
    new Date(0),
    Buffer.of(0),
  ]
  const named = ['', 't', 'a\0', 'a\0b', '\ud800', text(400), text(401)]
  const tables = named.flatMap<TableWrite>(table => [
    { op: 'create', table, ordered: table === 't', access: 'protected' },
    ...keys.map(key => ({ op: 'set' as const, table, key: data.keep(key), value: data.keep([table, key]) })),
  ])
  await commit(keeper, { name: 'a' }, { revision: 1, state: 0, tables })
  const more: TableWrite[] = [
    { op: 'drop', table: 'a\0' },
    { op: 'drop', table: 't' },
    { op: 'create', table: 't', ordered: false, access: 'private' },
    { op: 'set', table: 't', key: '1', value: 'new' },
    { op: 'set', table: 't', key: 'x', value: 'gone' },
    { op: 'delete', table: 't', key: 'x' },
    { op: 'delete', table: '', key: 1n },
  ]
  await commit(keeper, { name: 'a' }, { revision: 2, base: 0, state: 0, tables: more })
  const found = await keeper.load({ name: 'a' })
  const read = await Promise.all(
    (found?.tables ?? []).map(
      async ({ name, ordered, entries }) => [name, ordered, await all(entries)] as const,
    ),
  )
  expect(read.map(([name]) => name).sort()).toEqual(named.filter(name => name !== 'a\0').sort())
  for (const [name, ordered, entries] of read) {
    const left = name === '' ? keys.filter(key => key !== 1n) : keys
    if (name === 't') expect([ordered, entries]).toEqual([false, [['1', 'new']]])
    else expect(entries.map(([key]) => key)).toEqual(expect.arrayContaining(left))
    if (name !== 't') expect(entries).toHaveLength(left.length)
  }
})

test('a change that comes when the keeper is closed is not stored, and leaves the store to others', async () => {
  const path = temporaryFolder()
  const keeper = temporaryLmdbKeeper({ path })
  await commit(keeper, { name: 'a' }, { revision: 1, state: 1 })
  await keeper.close?.()
  await expect(commit(keeper, { name: 'a' }, { revision: 2, state: 2 })).rejects.toThrow(/is closed/)
  const next = temporaryLmdbKeeper({ path })
  expect(await next.load({ name: 'a' })).toMatchObject({ revision: 1, state: 1 })
})

test('servers commit at once: many share one write', async () => {
  const keeper = temporaryLmdbKeeper({ durability: 'power', snapshot: {} })
  const servers = Array.from({ length: 300 }, (_, i): Identity => ({ name: 'many', key: String(i) }))
  await Promise.all(servers.map(server => commit(keeper, server, { revision: 1, state: server.key })))
  const states = await Promise.all(servers.map(async server => (await keeper.load(server))?.state))
  expect(states).toEqual(servers.map(({ key }) => key))
})
