import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Data, keyOf, type Change, type Identity, type Keeper, type TableWrite } from 'nestjs-peeper/engine'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'
import { Celsius, Money, types } from '../support/samples.js'
import { seeded } from '../support/seed.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { peeper } from './command-line.js'
import { filledShop, openShop } from './shop.js'

const data = new Data(types)

const HOSTILE = [
  '__proto__',
  'constructor',
  '',
  '/',
  '0',
  'toString',
  'then',
  '$map',
  '$plain',
  '$',
  '\u2028',
  '\ud800',
]
const name = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' }))

const bytes = fc.uint8Array({ size: '-1' })
const leaf = fc.oneof(
  fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, -Infinity, 2 ** 53, 1e300, 5e-324),
  fc.double(),
  fc.bigInt(),
  name,
  fc.date({ noInvalidDate: false }),
  fc
    .tuple(
      fc.constantFrom('a.b', '[\\/]', '\n', '(?<x>\u2028)'),
      fc.constantFrom('', 'gi', 'y', 'sv'),
      fc.nat(9),
    )
    .map(([source, flags, lastIndex]) => Object.assign(new RegExp(source, flags), { lastIndex })),
  bytes,
  bytes.map(each => Buffer.from(each)),
  bytes.map(each => new Uint8Array(each).buffer),
  bytes.map(each => new DataView(new Uint8Array(each).buffer)),
  fc.float64Array({ size: '-1' }),
  fc.bigInt64Array({ size: '-1' }),
  fc.int16Array({ size: '-1' }),
  fc.double().map(degrees => new Celsius(degrees)),
)

/** A plain object, whatever its keys are called. */
const objectOf = (pairs: readonly (readonly [string, unknown])[]): object => {
  const out = {}
  for (const [key, value] of pairs)
    Object.defineProperty(out, key, { value, writable: true, enumerable: true, configurable: true })
  return out
}

const { value: anyData } = fc.letrec<{ value: unknown }>(tie => {
  const part = tie('value')
  const few = { maxLength: 4 }
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(part, few),
      fc.array(fc.tuple(name, part), few).map(objectOf),
      fc.array(fc.tuple(part, part), few).map(pairs => new Map(pairs)),
      fc.array(part, few).map(members => new Set(members)),
      fc.tuple(fc.double(), part).map(([amount, more]) => Object.assign(new Money(amount, 'EUR'), { more })),
      fc
        .tuple(name, part, part)
        .map(([message, cause, more]) =>
          Object.assign(new RangeError(message, { cause }), { code: 'E_1', more }),
        ),
    ),
  }
})

const tableKey = fc.oneof(
  fc.constantFrom(null, undefined, NaN, Infinity, 1n),
  fc.double(),
  name,
  fc.date(),
  fc.array(name),
  bytes,
)

interface Given {
  readonly state: unknown
  readonly dictionary: readonly (readonly [unknown, unknown])[]
  readonly entries: readonly (readonly [unknown, unknown])[]
  readonly revision: number
  readonly version: number
}

const server: fc.Arbitrary<Given> = fc.record({
  state: anyData,
  dictionary: fc.array(fc.tuple(anyData, anyData), { maxLength: 2 }),
  entries: fc.array(fc.tuple(tableKey, anyData), { maxLength: 3 }),
  revision: fc.integer({ min: 1, max: 2 ** 40 }),
  version: fc.nat(9),
})

const TABLE = '\0it\u2028s'

const changeOf = ({ state, dictionary, entries, revision, version }: Given): Change => {
  const sets = entries.map(
    ([key, value]) => ({ op: 'set', table: TABLE, key: keyOf(key, data), value: data.keep(value) }) as const,
  )
  const tables: TableWrite[] = [{ op: 'create', table: TABLE, ordered: true, access: 'protected' }, ...sets]
  return {
    revision,
    version,
    state: data.keep(state),
    patches: [{ op: 'set', path: [], value: data.keep(state) }],
    dictionary: [{ op: 'set', path: [], value: data.keep(new Map(dictionary)) }],
    tables: entries.length === 0 ? [] : tables,
  }
}

/** All that a keeper has of a server, as one piece of kept data: it is `base` itself if it is the same. */
const allOf = async (keeper: Keeper, identity: Identity, base?: unknown): Promise<unknown> => {
  const { tables = [], dictionary, ...kept } = (await keeper.load(identity))!
  const all: unknown[] = []
  for (const { entries, ...table } of tables) {
    const found: unknown[] = []
    for await (const entry of entries) found.push([...entry])
    all.push({ ...table, found })
  }
  return data.keep({ ...kept, tables: all, dictionary: dictionary ?? new Map() }, base)
}

test('what is exported and imported is the same, whatever it is', async () => {
  const roundTrip = async (given: readonly Given[]): Promise<void> => {
    const [from, to] = [temporaryFolder(), temporaryFolder()]
    const servers = given.map((_, i) => (i % 2 === 0 ? { name: `s${i}` } : { name: 's', key: `${i}\u2028/` }))
    const before = lmdbKeeper({ path: from, durability: 'process' })
    for (const [i, each] of given.entries()) await before.commit(servers[i]!, changeOf(each), 0)
    const kept = []
    for (const identity of servers) kept.push(await allOf(before, identity))
    await before.close?.()

    const exported = await peeper(['export', '--lmdb', from])
    expect(exported).toMatchObject({
      code: 0,
      err: expect.stringMatching(`^exported ${given.length} server`),
    })
    expect(exported.out.split(/[\n\u2028\u2029]/)).toHaveLength(exported.lines.length + 1)
    expect(await peeper(['import', '--lmdb', to], exported.out)).toMatchObject({ code: 0 })

    const after = lmdbKeeper({ path: to, durability: 'process' })
    for (const [i, identity] of servers.entries()) {
      expect(Object.is(await allOf(after, identity, kept[i]), kept[i])).toBe(true)
      const state = data.keep(given[i]!.state)
      expect(Object.is(data.keep((await after.load(identity))!.state, state), state)).toBe(true)
    }
    await after.close?.()
  }
  await fc.assert(fc.asyncProperty(fc.array(server, { minLength: 20, maxLength: 40 }), roundTrip), {
    ...seeded('export and import', 4),
    endOnFailure: true,
  })
}, 120_000)

test('an engine goes on with what was imported', async () => {
  const [from, to] = [await filledShop(), temporaryFolder()]
  const { out } = await peeper(['export', '--lmdb', from])
  expect(await peeper(['import', '--lmdb', to], out)).toMatchObject({
    code: 0,
    err: 'imported 4 servers, 4 entries of tables\n',
  })
  expect((await peeper(['export', '--lmdb', to])).out).toBe(out)
  const { engine, till, lots } = await openShop(to)
  expect(await till.call('take', 1)).toBe(6)
  expect(till.status().revision).toBe(3)
  const lot = lots.for('a')
  expect(await lot.call('last')).toBe('bob')
  expect(await lot.call('bid', ['cat', 4])).toBe(7)
  expect(await lot.call('bids')).toEqual([
    [1, { who: 'ann', by: 1 }],
    [3, { who: 'bob', by: 2 }],
    [7, { who: 'cat', by: 4 }],
  ])
  expect(lot.status().revision).toBe(3)
  await engine.close()
})

test('a keeper of the user is written to and read from, with the time to be woken at', async () => {
  const line =
    '{"format":1,"server":{"name":"clerk"},"revision":3,"version":2,"wakeAt":7000,"state":{"n":1}}\n'
  const keeper = ['--keeper', '.test/cli/modules/echo.js']
  const imported = await peeper(['import', ...keeper], line)
  expect(imported).toMatchObject({ code: 0, err: 'imported 1 server\n' })
  expect(JSON.parse(imported.out)).toEqual({
    server: { name: 'clerk' },
    expectedRevision: 0,
    revision: 3,
    version: 2,
    state: { n: 1 },
    wakeAt: 7000,
  })
})

test('a server that changes while it is read is said to have changed, and what was exported of it is not imported', async () => {
  const { code, err, out } = await peeper(['export', '--keeper', '.test/cli/modules/restless.js'])
  expect({ code, err }).toEqual({
    code: 1,
    err: "'restless' was not exported: it changed while it was read. Export it again\nexported 0 servers, 1 entry of tables; 1 server failed\n",
  })
  expect(await peeper(['import', '--lmdb', temporaryFolder()], out)).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /^line 3: 'restless' could not be exported whole: it changed while it was read/,
    ),
  })
})
