import { describe, expect, test } from '@jest/globals'
import {
  Engine,
  memoryKeeper,
  type Change,
  type Context,
  type Keeper,
  type Kept,
  type KeptTable,
} from 'nestjs-peeper/engine'
import { simulatedClock } from 'nestjs-peeper/testing'

const set = async (_: unknown, [key, value]: [unknown, unknown], ctx: Context): Promise<void> => {
  ;(await ctx.tables.open('bids')).set(key, value)
}
const get = async (_: unknown, key: unknown, ctx: Context): Promise<unknown> =>
  (await ctx.tables.open('bids')).get(key)
const twice = async (_: unknown, key: unknown, { tables }: Context): Promise<unknown> => {
  const [one, two] = await Promise.all([tables.open('bids'), tables.open('bids')])
  return one === two && one.get(key)
}
const note = (_: unknown, value: unknown, ctx: Context): void => void ctx.dictionary.set('noted', value)
const callbacks = { call: { set, get, twice, note } }

/** A keeper with `loads` of tables counted, which change on their way out. */
const watched = (tables: (table: KeptTable) => KeptTable) => {
  const inner = memoryKeeper()
  const changes: Change[] = []
  const keeper: Keeper = {
    ...inner,
    load: server => {
      const found = inner.load(server) as Kept | undefined
      return found?.tables === undefined ? found : { ...found, tables: found.tables.map(tables) }
    },
    commit: (server, change, expected) => {
      changes.push(change)
      return inner.commit(server, change, expected)
    },
    remove: server => inner.remove(server),
    list: () => inner.list(),
  }
  return { keeper, changes }
}

const countingReads = () => {
  let read = 0
  const { keeper, changes } = watched(table => ({
    ...table,
    name: table.name,
    ordered: table.ordered,
    access: table.access,
    get entries() {
      read += 1
      return table.entries
    },
  }))
  return { keeper, changes, read: () => read }
}

const begin = async (keeper: Keeper) => {
  const engine = new Engine({ keeper, clock: simulatedClock() })
  const server = await engine.start({ name: 'auction', state: { n: 0 }, callbacks })
  return { engine, server }
}

describe('the keeper', () => {
  test('is not asked for what is in a table when a worker crashes; a server new to it asks when the table is opened', async () => {
    const { keeper, read } = countingReads()
    const { server } = await begin(keeper)
    for (let i = 0; i < 100; i += 1) await server.call('set', [i, { i }])
    for (let life = 0; life < 3; life += 1) {
      server.exit('kill')
      expect(await server.call('get', 99)).toEqual({ i: 99 })
    }
    expect([read(), server.status().worker]).toEqual([0, 4])
    const second = await begin(keeper)
    expect(read()).toBe(0)
    expect(await second.server.call('twice', 99)).toEqual({ i: 99 })
    expect(await second.server.call('get', 1)).toEqual({ i: 1 })
    expect(read()).toBe(1)
  })

  test('may give entries one after the other, as they come; if they do not, the next opening tries again', async () => {
    const plain = await begin(memoryKeeper())
    await plain.engine.close()
    let fails = true
    const { keeper } = watched(({ name, ordered, access, entries }) => ({
      name,
      ordered,
      access,
      entries: (async function* () {
        await Promise.resolve()
        for (const entry of entries as Iterable<readonly [unknown, unknown]>) yield entry
        if (fails) throw new Error('connection lost')
      })(),
    }))
    await (await begin(keeper)).server.call('set', [['lot', 1], 'ann'])
    const { server } = await begin(keeper)
    await expect(server.call('get', ['lot', 1])).rejects.toMatchObject({
      cause: { message: 'connection lost' },
    })
    fails = false
    expect(await server.call('twice', ['lot', 1])).toBe('ann')
  })

  test('is told of what was written and of nothing else, however much there is', async () => {
    const { keeper, changes } = countingReads()
    const { server } = await begin(keeper)
    await server.call('set', ['ann', 10])
    await server.call('set', [{ lot: 1 }, [20]])
    await server.call('note', 7)
    await server.call('set', ['ann', 10])
    expect(
      changes.map(({ revision, tables, dictionary, patches }) => ({ revision, tables, dictionary, patches })),
    ).toEqual([
      { revision: 1, tables: [], dictionary: [], patches: [{ op: 'set', path: [], value: { n: 0 } }] },
      {
        revision: 2,
        tables: [
          { op: 'create', table: 'bids', ordered: false, access: 'private' },
          { op: 'set', table: 'bids', key: 'ann', value: 10 },
        ],
        dictionary: [],
        patches: [],
      },
      {
        revision: 3,
        tables: [{ op: 'set', table: 'bids', key: { lot: 1 }, value: [20] }],
        dictionary: [],
        patches: [],
      },
      { revision: 4, tables: [], dictionary: [{ op: 'set', path: ['noted'], value: 7 }], patches: [] },
    ])
  })

  test('that holds no tables keeps them through crashes', async () => {
    const inner = memoryKeeper()
    const keeper: Keeper = {
      load: server => {
        const found = inner.load(server) as Kept | undefined
        return found && { revision: found.revision, version: found.version, state: found.state }
      },
      commit: (server, change, expected) => inner.commit(server, change, expected),
      remove: server => inner.remove(server),
      list: () => inner.list(),
    }
    const { engine, server } = await begin(keeper)
    await server.call('set', ['ann', 10])
    server.exit('kill')
    expect(await server.call('get', 'ann')).toBe(10)
    await server.stop()
    await engine.start('auction', { reset: true })
    expect(await server.call('get', 'ann')).toBeUndefined()
  })
})
