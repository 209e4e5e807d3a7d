import { describe, expect, test } from '@jest/globals'
import { Data, diff, Engine, type Identity, type Keeper } from 'nestjs-peeper/engine'
import { runScript } from '../support/child-process.js'
import { keysOf, Part, withRaw } from '../support/raw-lmdb.js'
import { temporaryFolder, temporaryLmdbKeeper } from '../support/temporary-lmdb.js'

const data = new Data()
const counter = { name: 'counter', state: 0, callbacks: { call: { inc: (n: number) => ({ reply: n }) } } }
const text = (length: number): string => 'x'.repeat(length)

const commit = (keeper: Keeper, server: Identity, revision: number, next: unknown, base?: unknown) => {
  const state = data.keep(next, base)
  const patches = base === undefined ? [{ op: 'set' as const, path: [], value: state }] : diff(base, state)
  const change = { revision, version: 1, state, patches, tables: [], dictionary: [] }
  return Promise.resolve(keeper.commit(server, change, revision - 1)).then(() => state)
}

/** Another process takes a store that is open here, as it does when it finds no sign of this one. */
const takenFrom = (path: string): Promise<unknown> =>
  runScript(`import { open } from 'lmdb'
    const raw = open({ path: ${JSON.stringify(path)}, noSubdir: false, keyEncoding: 'binary', encoding: 'binary', useVersions: true })
    raw.putSync(Buffer.of(0x11), Buffer.from(JSON.stringify({ pid: 7 })), 7)
    await raw.close()`)

describe('a store that another process has taken', () => {
  test('is not written to any more: each commit is refused, whichever server it is of', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path })
    for (const name of ['a', 'b']) await commit(keeper, { name }, 1, 'before')
    await takenFrom(path)
    const late = ['a', 'b'].map(name => commit(keeper, { name }, 2, 'after', 'before'))
    for (const ended of await Promise.allSettled([...late, commit(keeper, { name: 'c' }, 1, 'after')]))
      expect(ended).toMatchObject({ reason: { code: 'PEEPER_STORE_TAKEN', pid: 7 } })
    await expect(commit(keeper, { name: 'd' }, 1, 'after')).rejects.toMatchObject({
      code: 'PEEPER_STORE_TAKEN',
      message: expect.stringContaining('was taken by process 7'),
    })
    await keeper.close?.()
    expect(await withRaw(path, raw => keysOf(raw, Part.head).map(key => key[1]))).toEqual([97, 98])
    expect(await withRaw(path, raw => raw.getEntry(Buffer.of(0x11))?.version)).toBe(7)
  })

  test('fails the start of a server', async () => {
    const path = temporaryFolder()
    const engine = new Engine({ keeper: temporaryLmdbKeeper({ path }) })
    await engine.start(counter)
    await takenFrom(path)
    const options = { ...counter, init: { retries: 0 } }
    await expect(engine.start({ ...options, name: 'b' })).rejects.toMatchObject({
      cause: { code: 'PEEPER_STORE_TAKEN' },
    })
    await expect(engine.start({ ...options, name: 'c' })).rejects.toMatchObject({
      cause: { code: 'PEEPER_STORE_TAKEN' },
    })
    await engine.close()
  })
})

describe('what is asked of a server while a change of it is on its way', () => {
  test('comes after it: a load, a change on top of it, the end of it', async () => {
    const keeper = temporaryLmdbKeeper()
    const server = { name: 'a' }
    const first = commit(keeper, server, 1, 'one')
    const loaded = keeper.load(server)
    const second = commit(keeper, server, 2, 'two', 'one')
    const removed = keeper.remove(server)
    const anew = commit(keeper, server, 1, 'anew')
    expect(await loaded).toMatchObject({ revision: 1, state: 'one' })
    await Promise.all([first, second, removed, anew])
    expect(await keeper.load(server)).toMatchObject({ revision: 1, state: 'anew' })
  })

  test('a server that is taken away while changes are on their way leaves nothing behind', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: {} })
    const state = await commit(keeper, { name: 'a' }, 1, { text: text(2_000) })
    const late = commit(keeper, { name: 'a' }, 2, { text: text(2_000), n: 1 }, state)
    await Promise.all([late, keeper.remove({ name: 'a' })])
    await keeper.close?.()
    const left = await withRaw(path, raw => [...raw.getKeys()].map(key => key[0]))
    expect(left).toEqual([Part.format])
  })

  test('a snapshot has its turn, however many changes there are', async () => {
    const path = temporaryFolder()
    const keeper = temporaryLmdbKeeper({ path, snapshot: { share: 0, minBytes: 200 } })
    let state: unknown = await commit(keeper, { name: 'a' }, 1, { text: text(2_000), n: 1 })
    for (let n = 2; n <= 60; n += 1)
      state = await commit(keeper, { name: 'a' }, n, { text: text(2_000), n }, state)
    await keeper.close?.()
    expect(await withRaw(path, raw => keysOf(raw, Part.journal).length)).toBeLessThan(20)
  })

  test('a snapshot of a server that was taken away is not that of one that came after it', async () => {
    const keeper = temporaryLmdbKeeper({ snapshot: { share: 0, minBytes: 20 } })
    const large = (name: string, n: number) => ({
      name,
      n,
      list: Array.from({ length: 200_000 }, () => name),
    })
    const old = await commit(keeper, { name: 'a' }, 1, large('old', 1))
    await commit(keeper, { name: 'a' }, 2, { ...(old as object), n: 2, more: text(50) }, old)
    await keeper.remove({ name: 'a' }) // while its snapshot is being made
    const fresh = await commit(keeper, { name: 'a' }, 1, { name: 'new', text: text(2_000) })
    await commit(keeper, { name: 'a' }, 2, { name: 'new', text: text(2_000), n: 2 }, fresh)
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate)
    await commit(keeper, { name: 'last' }, 1, 0) // behind all that was on its way
    expect(await keeper.load({ name: 'a' })).toMatchObject({ revision: 2, state: { name: 'new', n: 2 } })
    await keeper.close?.()
  })
})

test('servers that come and go by thousands are each the ones they were', async () => {
  const path = temporaryFolder()
  const keeper = temporaryLmdbKeeper({ path })
  const keys = Array.from({ length: 25_000 }, (_, i): Identity => ({ name: 'k', key: String(i) }))
  const writing = keys.map(server => commit(keeper, server, 1, server.key)) // more than are remembered, all on their way
  const again = keys.slice(0, 5).map(server => commit(keeper, server, 2, 'again', server.key))
  await Promise.all([...writing, ...again])
  await expect(commit(keeper, keys[0]!, 2, 'late', 'again')).rejects.toMatchObject({
    code: 'PEEPER_STALE_OWNER',
  })
  for (const [i, server] of keys.slice(0, 10).entries())
    expect(await keeper.load(server)).toMatchObject({ state: i < 5 ? 'again' : server.key })
})
