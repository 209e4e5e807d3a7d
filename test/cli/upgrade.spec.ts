import { beforeEach, describe, expect, test } from '@jest/globals'
import { Data } from 'nestjs-peeper/engine'
import { lmdbKeeper } from 'nestjs-peeper/lmdb'
import { Money } from '../support/samples.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { peeper } from './command-line.js'

const stored = [
  ['cart', 'a', 1, { skus: ['tea'] }],
  ['cart', 'b', 2, { lines: [] }],
  ['cart', 'c', 3, { lines: [], total: { $typed: ['Money', { amount: 1, currency: 'EUR' }] } }],
  ['cart', 'd', 1, { skus: ['poison'] }],
  ['cart', 'e', 4, {}],
  ['cart', 'f', 2, { lines: [{ $typed: ['Stranger', {}] }] }],
  ['clock', undefined, 1, { hours: 2 }],
  ['mute', undefined, 1, 1],
  ['other', undefined, 1, 1],
  ['till', undefined, 0, { n: 1 }],
] as const

const lines = stored
  .map(([name, key, version, state]) =>
    JSON.stringify({ format: 1, server: { name, key }, revision: 7, version, state, dictionary: [['k', 1]] }),
  )
  .join('\n')

let path: string

beforeEach(async () => {
  path = temporaryFolder()
  expect((await peeper(['import', '--lmdb', path], lines)).code).toBe(0)
})

const exported = async (): Promise<string> => (await peeper(['export', '--lmdb', path])).out
const upgrade = (...args: string[]) => peeper(['upgrade', '--lmdb', path, ...args])

const expected = [
  { server: { name: 'cart', key: 'a' }, from: 1, to: 3, result: 'ok' },
  { server: { name: 'cart', key: 'b' }, from: 2, to: 3, result: 'ok' },
  {
    server: { name: 'cart', key: 'd' },
    from: 1,
    to: 3,
    result: 'failed',
    error: expect.stringContaining('failed and changed nothing: nobody sells poison.'),
  },
  {
    server: { name: 'cart', key: 'e' },
    from: 4,
    to: 3,
    result: 'failed',
    error: expect.stringContaining("of version 4, newer than the server's own, 3"),
  },
  {
    server: { name: 'cart', key: 'f' },
    from: 2,
    to: 3,
    result: 'failed',
    error: expect.stringContaining('a stored Stranger, which is not declared here'),
  },
  { server: { name: 'clock' }, from: 1, to: 2, result: 'ok' },
  {
    server: { name: 'mute' },
    from: 1,
    to: 2,
    result: 'failed',
    error: expect.stringContaining('no code change leads from 1'),
  },
  {
    server: { name: 'till' },
    from: 0,
    to: 1,
    result: 'failed',
    error: expect.stringContaining('@CodeChange of TillServer read this.rates'),
  },
]

describe('upgrade', () => {
  test.each(['released', 'app-module'])(
    '--dry-run says what would become of each, and writes nothing (%s)',
    async module => {
      const before = await exported()
      const said = await upgrade('--dry-run', '--module', `.test/cli/modules/${module}.js`)
      if (module === 'app-module')
        expect(said.lines.map(line => JSON.parse(line) as unknown)).toEqual(expected)
      else expect(said.lines).toHaveLength(expected.length)
      expect(said).toMatchObject({
        code: 1,
        err: 'would upgrade 3 of 10 servers; 5 failed; 1 is of no class of the module\n',
      })
      expect(await exported()).toBe(before)
    },
  )

  test('writes what could be upgraded, one revision on, and leaves the others', async () => {
    const module = ['--module', '.test/cli/modules/app-module.js']
    const before = (await exported()).split('\n')
    const said = await upgrade(...module)
    expect(said.lines.map(line => JSON.parse(line) as unknown)).toEqual(expected)
    expect(said).toMatchObject({
      code: 1,
      err: 'upgraded 3 of 10 servers; 5 failed; 1 is of no class of the module\n',
    })
    const after = (await exported()).split('\n')
    const changed = after.filter(line => !before.includes(line)).map(line => JSON.parse(line) as unknown)
    const kept = { format: 1, revision: 8, dictionary: [['k', 1]] }
    expect(changed).toEqual([
      {
        ...kept,
        server: { name: 'cart', key: 'a' },
        version: 3,
        state: {
          lines: [{ sku: 'tea', n: 1 }],
          total: { $typed: ['Money', { amount: 1, currency: 'EUR' }] },
        },
      },
      {
        ...kept,
        server: { name: 'cart', key: 'b' },
        version: 3,
        state: { lines: [], total: { $typed: ['Money', { amount: 0, currency: 'EUR' }] } },
      },
      { ...kept, server: { name: 'clock' }, version: 2, state: { ms: 7_200_000, fromVersion: 1 } },
    ])
    const keeper = lmdbKeeper({ path })
    const { state } = (await keeper.load({ name: 'cart', key: 'a' }))!
    const data = new Data([Money])
    expect(data.release((data.keep(state) as { total: Money }).total)).toEqual(new Money(1, 'EUR'))
    await keeper.close?.()
    expect((await upgrade(...module)).err).toMatch(/^upgraded 0 of 10 servers; 5 failed/)
  })

  test('is for those of a name, or for one', async () => {
    const module = ['--module', '.test/cli/modules/app-module.js']
    expect(await upgrade('clock', '--dry-run', ...module)).toMatchObject({
      code: 0,
      err: 'would upgrade 1 of 1 server; 0 failed\n',
    })
    expect(await upgrade('cart/a', ...module)).toMatchObject({
      code: 0,
      err: 'upgraded 1 of 1 server; 0 failed\n',
    })
  })

  test('with steps that leave a gap begins nothing', async () => {
    expect(await upgrade('--module', '.test/cli/modules/gap.js')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^nestjs-peeper: --module: .*followed by a step from 2/),
    })
  })

  test('is refused for a server that changed meanwhile, and for no other', async () => {
    const { code, lines: said } = await peeper([
      'upgrade',
      '--keeper',
      '.test/cli/modules/busy.js',
      '--module',
      '.test/cli/modules/app-module.js',
    ])
    expect(code).toBe(1)
    expect(said.map(line => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        server: { name: 'clock' },
        result: 'failed',
        error: expect.stringContaining('another owner wrote it'),
      }),
      expect.objectContaining({ server: { name: 'cart', key: 'b' }, result: 'ok' }),
    ])
  })

  test('keeps the time a server wants to be woken at', async () => {
    const { out, code } = await peeper([
      'upgrade',
      '--keeper',
      '.test/cli/modules/woken.js',
      '--module',
      '.test/cli/modules/app-module.js',
    ])
    expect(code).toBe(0)
    expect(out).toContain('{"revision":8,"version":2,"wakeAt":7000}')
  })
})
