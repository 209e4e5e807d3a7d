import { beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Data, diff, type DeclaredType, type Identity, type Keeper } from 'nestjs-peeper/engine'
import { program, run } from '../engine/data/program.js'
import { tree } from '../engine/data/worlds.js'
import { Celsius, Money, samples } from '../support/samples.js'
import { seeded } from '../support/seed.js'
import { temporaryFolder, temporaryLmdbKeeper } from '../support/temporary-lmdb.js'
import { durableKeepers } from '../support/durable-keepers.js'
import { thrownBy } from '../support/thrown.js'

class Failure extends Error {}

const types: DeclaredType[] = [
  Money,
  Celsius,
  Failure,
  { type: URL, toState: (url: URL) => url.href, fromState: (href: string) => new URL(href) },
]
const data = new Data(types)

/** A state that is too large to be written whole at each commit. */
const large = (state: unknown): unknown => ({ state, filler: 'x'.repeat(1_100) })

let servers = 0
const newServer = (): Identity => ({ name: 'list', key: String((servers += 1)) })

/** Commits states one after the other, as an owner of these types would. */
const commitAll = async (keeper: Keeper, server: Identity, states: readonly unknown[]): Promise<unknown> => {
  let base: unknown
  for (const [i, next] of states.entries()) {
    const state = data.keep(next, base)
    const patches = i === 0 ? [{ op: 'set' as const, path: [], value: state }] : diff(base, state)
    const change = { revision: i + 1, version: 1, state, patches, tables: [], dictionary: [] }
    await keeper.commit(server, change, i)
    base = state
  }
  return base
}

/** What is stored is the very state: kept on the ground of it, nothing in it differs. */
const expectStored = async (keeper: Keeper, server: Identity, state: unknown): Promise<void> => {
  const found = await keeper.load(server)
  expect(data.keep(found?.state, state)).toBe(state)
}

describe.each(durableKeepers)(
  'whatever may stand in a state comes back from a store as it was ($name)',
  ({ open }) => {
    let keeper: Keeper
    beforeEach(() => {
      keeper = open()
    })

    test.each<[string, (state: unknown) => unknown]>([
      ['in a small state', state => state],
      ['in a large one', large],
    ])('%s', async (_, shape) => {
      const holds = async (state: unknown): Promise<void> => {
        const server = newServer()
        await expectStored(keeper, server, await commitAll(keeper, server, [shape(state)]))
      }
      await fc.assert(fc.asyncProperty(tree, holds), seeded('stored states', 300))
    })

    test.each(samples)('$type', async ({ make, change }) => {
      const changed = make()
      change(changed as never)
      const inside = (value: unknown): unknown => ({ value, list: [value], map: new Map([['k', value]]) })
      for (const shape of [inside, (value: unknown) => large(inside(value))]) {
        const server = newServer()
        const states = [shape(make()), shape(changed), shape(make())]
        await expectStored(keeper, server, await commitAll(keeper, server, states))
      }
    })

    test.each<[string, unknown]>([
      ['an invalid date', new Date(NaN)],
      ['a regular expression that has searched', Object.assign(/a\/b/giu, { lastIndex: 3 })],
      [
        'numbers at their ends',
        [0, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, -(2 ** 53), 5e-324, -Infinity],
      ],
      ['bigints', [0n, -1n, 2n ** 200n, -(2n ** 200n)]],
      [
        'texts of all kinds',
        ['', 'ÿ', 'ł', '𝌆', '\ud800', 'a\0b', 'ä'.repeat(40), 'x'.repeat(31), 'x'.repeat(32)],
      ],
      ['half a character as a key', { ['\ud800']: 1, ['\0']: 2 }],
      ['a wide object', Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]))],
      [
        'typed arrays at odd places',
        { a: 1, f: new Float64Array([NaN, -0]), v: new DataView(new ArrayBuffer(3)) },
      ],
      [
        'a cause and a declared error',
        [new Error('a', { cause: new Failure('b') }), new AggregateError([new Failure('c')])],
      ],
      ['a map in a map', new Map([[new Map([[1, 2]]), new Set([new Set([1])])]])],
      ['a declared type with parts', new Money(1n as never, { of: [new URL('http://a.test')] } as never)],
    ])('%s', async (_, state) => {
      for (const shape of [(s: unknown) => s, large]) {
        const server = newServer()
        await expectStored(keeper, server, await commitAll(keeper, server, [shape(0), shape(state)]))
      }
    })
  },
)

describe.each(durableKeepers)('snapshot and journal ($name)', ({ open }) => {
  test.each<[string, number]>([
    ['with no snapshot after the first', 1e9],
    ['with a snapshot now and then', 100],
  ])('lead to the state, whatever handlers did, %s', async (_, minBytes) => {
    const keeper = open({ snapshot: { share: 0, minBytes } })
    const holds = async (first: unknown, programs: Parameters<typeof run>[1][]): Promise<void> => {
      const states = [data.keep(large(first))]
      for (const steps of programs) {
        const draft = data.draft(states.at(-1))
        run((draft.value as { state: unknown }).state, steps, value => data.copy(value))
        states.push(draft.settle())
        draft.end()
      }
      const server = newServer()
      await expectStored(keeper, server, await commitAll(keeper, server, states))
    }
    const programs = fc.array(program, { maxLength: 8 })
    await fc.assert(fc.asyncProperty(tree, programs, holds), seeded('stored journals', 200))
  })

  test('lead to it also when the state becomes small, and large again', async () => {
    const keeper = open()
    const server = newServer()
    const states = [large(1), 'small', large(2), { ...(large(2) as object), more: 1 }, ['small'], large(3)]
    for (let count = 1; count <= states.length; count += 1) {
      const server = newServer()
      await expectStored(keeper, server, await commitAll(keeper, server, states.slice(0, count)))
    }
    expect(await keeper.load(server)).toBeUndefined()
  })
})

describe('snapshot and journal', () => {
  test('lead to it in another process’s hands, too: all that is needed is in the folder', async () => {
    const path = temporaryFolder()
    const state = large({
      money: new Money(1, 'EUR'),
      temperature: new Celsius(3),
      at: new URL('http://a.test/'),
    })
    const before = temporaryLmdbKeeper({ path })
    const kept = await commitAll(before, { name: 'list' }, [state])
    await before.close?.()
    await expectStored(temporaryLmdbKeeper({ path }), { name: 'list' }, kept)
  })
})

test('a stored type that is not declared any more is refused with its path and its name', async () => {
  const keeper = temporaryLmdbKeeper()
  for (const [state, name] of [
    [{ price: new Money(1, 'EUR') }, 'Money'],
    [{ price: new Celsius(1) }, 'Celsius'],
  ] as const) {
    const server = newServer()
    await commitAll(keeper, server, [state])
    const found = await keeper.load(server)
    const error = thrownBy(() => new Data().keep(found?.state)) as Error
    expect(error).toMatchObject({ code: 'PEEPER_NOT_DATA', path: ['price'] })
    expect(error.message).toContain(`types: [${name}]`)
  }
})

test('two types of one name: neither can be told from the store', async () => {
  const keeper = temporaryLmdbKeeper()
  const server = newServer()
  await commitAll(keeper, server, [{ price: new Money(1, 'EUR') }])
  const other = { Money: class Money {} }.Money
  const found = await keeper.load(server)
  expect(() => new Data([Money, other]).keep(found?.state)).toThrow(/stored Money/)
})
