import { describe, expect, test } from '@jest/globals'
import { refuse, stop, type Context, type Table, type TableOptions } from 'nestjs-peeper/engine'
import { latch } from '../support/latch.js'
import { actor, type Act, type Actor } from './actor.js'
import { combinations } from './combinations.js'
import { conformance } from './fixture.js'

const full = new Error('disk full')
const no = new Error('no')

const bids = (ctx: Context, options?: TableOptions): Promise<Table> => ctx.tables.open('bids', options)
const put = (key: unknown, value: unknown, options?: TableOptions): Act => {
  return async ctx => void (await bids(ctx, options)).set(key, value)
}
const all: Act = async ctx => [...(await bids(ctx))]
const kill = async ({ server }: Actor, next: Promise<unknown>): Promise<void> => {
  server.exit('kill')
  await next
}

describe.each(combinations)('a table ($name)', combination => {
  const suite = conformance(combination)
  const restarted = (one: Actor): Promise<void> => kill(one, suite.next('started'))

  test('is read by the next handlers, and by those of the next worker', async () => {
    const one = await actor(suite)
    await one.act(put('ann', 10))
    await one.act(put('bob', 20))
    const read: Act = async ctx => {
      const table = await bids(ctx)
      return [table.size, table.get('ann'), table.has('bob'), table.get('cid'), table.has('cid')]
    }
    expect(await one.act(read)).toEqual([2, 10, true, undefined, false])
    await restarted(one)
    expect(await one.act(read)).toEqual([2, 10, true, undefined, false])
    expect(one.server.status().worker).toBe(2)
  })

  test('is there in another process: whatever its keys are, its order and who may read it', async () => {
    const keys = [
      '__proto__',
      'constructor',
      '',
      '/',
      '\0',
      '1',
      1,
      1n,
      0.5,
      NaN,
      null,
      undefined,
      true,
      ['a', { b: 1 }],
    ]
    const one = await actor(suite)
    await one.act(async ctx => {
      const table = await bids(ctx, { ordered: true, access: 'protected' })
      for (const [index, key] of keys.entries()) table.set(key, { index })
      ctx.dictionary.set('__proto__', { index: -1 })
    })
    await one.server.stop()
    const engine = suite.another()
    const second = await engine.start({
      name: 'counter',
      callbacks: {
        call: {
          read: async (_: unknown, __: unknown, ctx: Context) => {
            const table = await ctx.tables.open<unknown, { index: number }>('bids', {
              ordered: true,
              access: 'protected',
            })
            return [
              table.size,
              keys.map(key => table.get(key)?.index),
              table.first(),
              ctx.dictionary.get('__proto__'),
            ]
          },
        },
      },
    })
    expect(() => engine.table('counter', 'bids')).toThrow(
      expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE' }),
    )
    const read = await second.call('read')
    expect(read).toEqual([keys.length, keys.map((_, index) => index), [0.5, { index: 8 }], { index: -1 }])
    expect(engine.table('counter', 'bids').size).toBe(keys.length)
    await engine.close()
  })

  test('keeps a copy of what is written, and gives what cannot be changed', async () => {
    const one = await actor(suite)
    const value = { tags: ['new'], at: new Date(0), by: new Map([['a', 1]]) }
    await one.act(async ctx => {
      ;(await bids(ctx)).set('ann', value)
      value.tags.push('changed')
      value.at.setTime(1)
      value.by.clear()
    })
    const kept = { tags: ['new'], at: new Date(0), by: new Map([['a', 1]]) }
    await one.act(async ctx => {
      const read = (await bids(ctx)).get('ann') as typeof value
      expect(read).toEqual(kept)
      expect(() => read.tags.push('changed')).toThrow(TypeError)
      read.at.setTime(1)
      read.by.clear()
    })
    expect(await one.act(async ctx => (await bids(ctx)).get('ann'))).toEqual(kept)
    const refused = await one.act(put('ann', () => 1)).catch((error: unknown) => error)
    expect(refused).toMatchObject({ cause: { code: 'PEEPER_NOT_DATA' } })
  })

  test('takes parts of the state, of the payload and of itself, and they of it', async () => {
    const one = await actor(suite, { state: { n: 0, lots: [{ id: 1 }] } })
    await one.act(async (ctx, state) => {
      const table = await bids(ctx)
      const { lots } = state as unknown as { lots: { id: number }[] }
      table.set('lot', lots[0]).set('copy', table.get('lot'))
      lots[0]!.id = 2
      lots.push(table.get('copy') as { id: number })
      lots[1]!.id = 3
    })
    expect(await one.act(all)).toEqual(
      expect.arrayContaining([
        ['lot', { id: 1 }],
        ['copy', { id: 1 }],
      ]),
    )
    expect(one.server.status().state).toEqual({ n: 0, lots: [{ id: 2 }, { id: 3 }] })
  })

  describe.each([
    [
      'throws',
      () => {
        throw no
      },
    ],
    [
      'is killed',
      (ctx: Context) => {
        ctx.self.exit('kill')
        return latch().opened
      },
    ],
    ['refuses', () => refuse(no)],
    ['returns nonsense', () => () => 1],
  ])('when its handler %s', (_, end) => {
    test('is as it was: entries, tables, dictionary', async () => {
      const one = await actor(suite)
      await one.act(put('ann', 10, { ordered: true }))
      await one.act(async ctx => {
        ctx.dictionary.set('seen', { n: 1 })
        ;(await ctx.tables.open('old')).set(1, 1)
      })
      const { revision } = one.server.status()
      const failing = one.act(async ctx => {
        const table = await bids(ctx)
        table.set('ann', 11).set('bob', 20).delete('ann')
        ;(await ctx.tables.open('new')).set(1, 1)
        expect(ctx.tables.delete('old')).toBe(true)
        ;(ctx.dictionary.get('seen') as { n: number }).n = 2
        ctx.dictionary.set('more', 1)
        return end(ctx)
      })
      await expect(failing).rejects.toThrow()
      const found = await one.act(async ctx => [
        [...(await bids(ctx, { ordered: true }))],
        [...(await ctx.tables.open('old'))],
        [...ctx.dictionary],
        ctx.tables.delete('new'),
      ])
      expect(found).toEqual([[['ann', 10]], [[1, 1]], [['seen', { n: 1 }]], false])
      expect(one.server.status().revision).toBe(revision)
    })
  })

  test('is a change: it counts as a revision, its reply waits for the keeper, listeners hear of states alone', async () => {
    const told: unknown[] = []
    const listener = {
      onStateChanged: (old: unknown, next: unknown, meta: object) => told.push([old, next, meta]),
    }
    const one = await actor(suite, { listener })
    await one.act(put('ann', 10))
    await one.act(ctx => void ctx.dictionary.set('a', 1))
    const release = suite.store.hold()
    let answered = false
    const asked = one.act(put('ann', 11)).then(() => (answered = true))
    await suite.clock.advance(0)
    expect([answered, one.server.status().revision]).toEqual([false, 3])
    release()
    await asked
    await one.act(all)
    await one.act(put('ann', 11)) // as it is already
    expect(one.server.status().revision).toBe(4)
    expect(told).toEqual([])
    await one.act((_, state) => void (state.n += 1))
    expect(told).toEqual([[{ n: 0 }, { n: 1 }, expect.objectContaining({ revision: 5 })]])
  })

  test('shows a handler what it wrote and what those before it wrote, and others what is committed', async () => {
    const one = await actor(suite)
    await one.act(put('ann', 10, { access: 'protected' }))
    const view = suite.engine.table<string, number>('counter', 'bids')
    const release = suite.store.hold()
    const wrote = one.act(async ctx => {
      const table = await bids(ctx)
      table.set('ann', 11).set('bob', 20)
      return [table.get('ann'), table.has('bob'), table.size, view.get('ann')]
    })
    const deleted = one.act(async ctx => {
      const table = await bids(ctx)
      return [table.delete('ann'), table.delete('ann'), table.size, [...table]]
    })
    const made = one.act(async ctx => {
      ctx.tables.delete('bids')
      const table = await bids(ctx, { ordered: true })
      return [table.size, table.set('cid', 30).size]
    })
    const read = one.act(all)
    await suite.clock.advance(0)
    expect([...view]).toEqual([['ann', 10]])
    release()
    expect(await wrote).toEqual([11, true, 2, 10])
    expect(await deleted).toEqual([true, false, 1, [['bob', 20]]])
    expect(await made).toEqual([0, 1])
    expect(await read).toEqual([['cid', 30]])
    expect(() => view.size).toThrow(expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE' }))
    await restarted(one)
    expect(await one.act(all)).toEqual([['cid', 30]])
  })

  test.each([false, true])('is loaded as it is stored when a commit failed (stored: %p)', async stored => {
    const one = await actor(suite)
    await one.act(put('ann', 10))
    await one.act(ctx => void ctx.dictionary.set('a', 1))
    suite.store.failNext(full, { stored })
    const failing = one.act(async ctx => {
      ;(await bids(ctx)).set('ann', 11).set('bob', 20)
      ctx.dictionary.set('a', 2)
      await ctx.tables.open('more')
    })
    await expect(failing).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    const read: Act = async ctx => [...(await bids(ctx)), ...ctx.dictionary, ctx.tables.delete('more')]
    const expected = stored ? [['ann', 11], ['bob', 20], ['a', 2], true] : [['ann', 10], ['a', 1], false]
    expect(await one.act(read)).toEqual(expected)
    await one.act(put('cid', 30))
    await restarted(one)
    expect(await one.act(async ctx => (await bids(ctx)).get('cid'))).toBe(30)
  })

  test('and what waits behind a commit that failed have never happened', async () => {
    const one = await actor(suite)
    await one.act(put('ann', 10))
    const release = suite.store.hold()
    suite.store.failNext(full, { stored: false })
    const make: Act = async ctx => (await ctx.tables.open('new')).size
    const note: Act = ctx => void ctx.dictionary.set('a', 1)
    const asked = [put('ann', 11), put('ann', 12), make, note].map(act =>
      expect(one.act(act)).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' }),
    )
    await suite.clock.advance(0)
    release()
    await Promise.all(asked)
    expect(
      await one.act(async ctx => [...(await bids(ctx)), ctx.dictionary.size, ctx.tables.delete('new')]),
    ).toEqual([['ann', 10], 0, false])
  })

  test('is given to a store that lost it', async () => {
    const one = await actor(suite)
    await one.act(put('ann', 10))
    await one.act(ctx => void ctx.dictionary.set('a', 1))
    await suite.store.keeper.remove({ name: 'counter' })
    await restarted(one)
    suite.store.failNext(full, { stored: true })
    await expect(one.act(put('bob', 20))).rejects.toMatchObject({ code: 'PEEPER_COMMIT_FAILED' })
    expect(await one.act(async ctx => [...(await bids(ctx)), ...ctx.dictionary])).toEqual([
      ['ann', 10],
      ['bob', 20],
      ['a', 1],
    ])
  })

  test('that is not kept dies with its worker, and is nobody else’s business', async () => {
    const one = await actor(suite, {
      callbacks: {
        init: async (state: unknown, ctx: Context) => {
          const cache = await ctx.tables.open<string, number>('cache', { keep: false, access: 'protected' })
          cache.set('life', ctx.restarts)
          return state
        },
      },
    })
    const cached = (): unknown[] => [...suite.engine.table('counter', 'cache')]
    const { revision } = one.server.status()
    expect(cached()).toEqual([['life', 0]])
    await one.act(async ctx => void (await ctx.tables.open('cache')).set('more', 1))
    expect(await one.act(async ctx => (await ctx.tables.open('cache')).size)).toBe(2)
    await restarted(one)
    expect(cached()).toEqual([['life', 1]])
    expect(one.server.status().revision).toBe(revision)
    await one.server.stop()
    expect(cached).toThrow(expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE' }))
  })

  test('is filled in init, by each life that does so, and read in terminate', async () => {
    const last: unknown[] = []
    const one = await actor(suite, {
      callbacks: {
        init: async (state: unknown, ctx: Context) => {
          ;(await bids(ctx)).set(ctx.restarts, 'a life')
          return state
        },
        terminate: async (_: unknown, __: unknown, ctx: Context) =>
          void last.push((await bids(ctx)).size, ctx.dictionary.size),
      },
    })
    expect(one.server.status().revision).toBe(1)
    await expect(one.act(() => stop(new Error('enough')))).rejects.toThrow()
    await suite.next('started')
    expect(one.server.status().revision).toBe(2)
    expect(await one.act(all)).toEqual([
      [0, 'a life'],
      [1, 'a life'],
    ])
    expect(last).toEqual([1, 0])
  })

  test('is private unless opened as protected', async () => {
    const one = await actor(suite)
    const read = (): unknown => suite.engine.table('counter', 'bids')
    expect(read).toThrow(expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE' }))
    await one.act(put('ann', 10))
    expect(read).toThrow(/private/)
    expect(() => suite.engine.table('nobody', 'bids')).toThrow(
      expect.objectContaining({ code: 'PEEPER_NO_SUCH_SERVER' }),
    )
  })

  test.each([{ ordered: true }, { keep: false }, { access: 'protected' as const }])(
    'is not opened again as what it is not: %p',
    async options => {
      const one = await actor(suite)
      await one.act(put('ann', 10))
      const error = (await one.act(put('ann', 11, options)).catch((thrown: unknown) => thrown)) as Error
      expect(error.cause).toMatchObject({ code: 'PEEPER_TABLE_OPTIONS' })
      expect((error.cause as Error).message).toContain(JSON.stringify(options).slice(1, -1))
      expect(
        await one.act(async ctx => (await bids(ctx, { ordered: false, keep: true, access: 'private' })).size),
      ).toBe(1)
    },
  )

  test.each([
    ['a name that is empty', '', {}],
    ['a name with NUL', 'a\0b', {}],
    ['a name that is none', 7, {}],
    ['an access that others write by', 'bids', { access: 'public' }],
    ['an order that is none', 'bids', { ordered: 'yes' }],
  ])('is not opened with %s', async (_, name, options) => {
    const one = await actor(suite)
    const error = await one
      .act(ctx => ctx.tables.open(name as string, options as TableOptions))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ cause: { code: 'PEEPER_BAD_OPTION' } })
  })

  test('in order has a first and a last key, and ranges, in every layer of it', async () => {
    const one = await actor(suite)
    const numbers = (ctx: Context) => ctx.tables.open<number, string>('numbers', { ordered: true })
    await one.act(async ctx => {
      const table = await numbers(ctx)
      for (const n of [50, 10, 30, 20, 40]) table.set(n, 'committed')
    })
    const release = suite.store.hold()
    const waiting = one.act(
      async ctx => void (await numbers(ctx)).set(60, 'waits').set(20, 'waits').delete(10),
    )
    const read = one.act(async ctx => {
      const table = await numbers(ctx)
      table.set(25, 'own').set(50, 'own').delete(30)
      expect([table.first(), table.last(), table.size]).toEqual([[20, 'waits'], [60, 'waits'], 5])
      expect([...table]).toEqual([
        [20, 'waits'],
        [25, 'own'],
        [40, 'committed'],
        [50, 'own'],
        [60, 'waits'],
      ])
      expect([...table.range(20, 50)].map(([key]) => key)).toEqual([20, 25, 40])
      expect([...table.range(20, 50, { includeFrom: false, includeTo: true })].map(([key]) => key)).toEqual([
        25, 40, 50,
      ])
      expect([...table.range(undefined, 41, { reverse: true })].map(([key]) => key)).toEqual([40, 25, 20])
      expect([[...table.keys()].length, [...table.values()].length, [...table.range()].length]).toEqual([
        5, 5, 5,
      ])
      for (const key of [...table.keys()]) table.delete(key)
      expect([table.first(), table.last(), table.size]).toEqual([undefined, undefined, 0])
    })
    await suite.clock.advance(0)
    release()
    await Promise.all([waiting, read])
    const unordered = one.act(async ctx => ((await bids(ctx)) as never as { first(): unknown }).first())
    await expect(unordered).rejects.toMatchObject({ cause: { code: 'PEEPER_BAD_OPTION' } })
  })

  test.each([false, true])(
    'is gone through as it was, whatever is written and committed meanwhile (ordered: %p)',
    async ordered => {
      const one = await actor(suite)
      const keys = Array.from({ length: 500 }, (_, key) => key)
      await one.act(async ctx => {
        const table = await bids(ctx, { ordered })
        for (const key of keys) table.set(key, 'old')
      })
      const release = suite.store.hold()
      const before = one.act(async ctx => void (await bids(ctx)).set(500, 'old').delete(0))
      const during = one.act(async ctx => {
        const table = await bids(ctx)
        const seen: unknown[] = []
        table.delete('nobody')
        for (const [key, value] of table) {
          seen.push(key)
          expect(value).toBe('old')
          table
            .set(key, 'new')
            .set(Number(key) + 1_000, 'new')
            .delete(Number(key) + 1)
          if (seen.length === 100) {
            release()
            await before
          }
        }
        expect(seen.map(Number).sort((a, b) => a - b)).toEqual(keys.map(key => key + 1))
        return table.size
      })
      await suite.clock.advance(0)
      const size = await during
      expect(await one.act(async ctx => [...(await bids(ctx))].length)).toBe(size)
    },
  )

  test('held on to can be read while its life lasts, and no more be written', async () => {
    const one = await actor(suite)
    let held!: Table
    let ctx!: Context
    let dictionary!: Map<unknown, unknown>
    await one.act(async context => {
      ctx = context
      held = await bids(context)
      dictionary = context.dictionary
      held.set('ann', 10)
    })
    expect([held.get('ann'), held.size, [...held]]).toEqual([10, 1, [['ann', 10]]])
    const notWritable = expect.objectContaining({ code: 'PEEPER_TABLE_NOT_WRITABLE' })
    expect(() => held.set('ann', 11)).toThrow(notWritable)
    expect(() => held.delete('ann')).toThrow(notWritable)
    expect(() => ctx.tables.delete('bids')).toThrow(notWritable)
    await expect(ctx.tables.open('other')).rejects.toEqual(notWritable)
    expect((await ctx.tables.open('bids')).get('ann')).toBe(10)
    for (const touch of [() => dictionary.size, () => ctx.dictionary.size])
      expect(touch).toThrow(expect.objectContaining({ code: 'PEEPER_DRAFT_ENDED' }))
    await one.act(put('bob', 20))
    expect(held.get('bob')).toBe(20)
    await restarted(one)
    await suite.clock.advance(0) // until it has heard of it
    const ended = expect.objectContaining({ code: 'PEEPER_CONTEXT_ENDED' })
    for (const touch of [
      () => held.size,
      () => held.get('ann'),
      () => held.set(1, 1),
      () => [...held],
      () => ctx.tables,
      () => ctx.dictionary,
    ])
      expect(touch).toThrow(ended)
  })

  test('deleted is gone, and made anew in the same handler it is empty', async () => {
    const one = await actor(suite)
    await one.act(put('ann', 10))
    await one.act(async ctx => {
      const old = await bids(ctx)
      expect([ctx.tables.delete('bids'), ctx.tables.delete('bids')]).toEqual([true, false])
      expect(() => old.size).toThrow(expect.objectContaining({ code: 'PEEPER_NO_SUCH_TABLE' }))
      expect(() => old.set(1, 1)).toThrow(expect.objectContaining({ code: 'PEEPER_TABLE_NOT_WRITABLE' }))
      const anew = await bids(ctx, { keep: false, ordered: true, access: 'protected' })
      expect([...anew.set('bob', 20)]).toEqual([['bob', 20]])
    })
    expect(await one.act(all)).toEqual([['bob', 20]])
    expect([...suite.engine.table('counter', 'bids')]).toEqual([['bob', 20]])
    await restarted(one)
    expect(await one.act(all)).toEqual([])
  })
})

describe.each(combinations)('the dictionary ($name)', combination => {
  const suite = conformance(combination)

  test('takes any key that can be cloned, and outlives crashes', async () => {
    const one = await actor(suite)
    const keys = ['__proto__', '', 1, NaN, null, undefined, 1n, new Date(0), { a: [1] }, new Map([[1, 2]])]
    await one.act(ctx => {
      for (const [index, key] of keys.entries()) ctx.dictionary.set(key, { index })
    })
    one.server.exit('kill')
    await suite.next('started')
    const found = await one.act(ctx => [...ctx.dictionary])
    expect(found).toEqual(keys.map((key, index) => [key, { index }]))
    await one.act(ctx => void ctx.dictionary.delete('__proto__'))
    await one.act(ctx => {
      ;(ctx.dictionary.get('') as { index: number }).index += 1
    })
    expect(await one.act(ctx => [ctx.dictionary.size, ctx.dictionary.get('')])).toEqual([
      keys.length - 1,
      { index: 2 },
    ])
    expect(one.server.status()).toMatchObject({ revision: 4, state: { n: 0 } })
  })

  test('refuses what is no data, as a crash that names it', async () => {
    const one = await actor(suite)
    const asked = one.act(ctx => void ctx.dictionary.set('f', () => 1))
    await expect(asked).rejects.toMatchObject({ cause: { code: 'PEEPER_STATE_NOT_KEEPABLE' } })
    expect(await one.act(ctx => ctx.dictionary.size)).toBe(0)
  })
})
