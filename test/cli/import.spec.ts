import { describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { peeper } from './command-line.js'
import { filledShop } from './shop.js'

const head = (name: string, more: object = {}): object => ({
  format: 1,
  server: { name },
  revision: 1,
  version: 1,
  state: 1,
  ...more,
})
const table = { name: 't', ordered: false, access: 'private' }
const tables = [table]
const entry = { table: 't', entry: ['k', 1] }
const end = (name: string, entries: number): object => ({ end: { name }, entries })
const text = (...lines: readonly unknown[]): string =>
  lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')

const names = async (path: string): Promise<string[]> =>
  (await peeper(['list', '--lmdb', path])).lines.map(line => (JSON.parse(line) as { name: string }).name)

/** What is wrong, the lines, which of them is named, and what is said of it. */
const wrong: readonly [string, unknown[], number, string][] = [
  ['no JSON', ['{"format":1,'], 1, 'JSON'],
  ['no object', ['7'], 1, 'it is neither a server, nor an entry of a table, nor the end of a server'],
  ['something else', [{ entries: 1 }], 1, 'it is neither a server'],
  ['a later format', [head('bad', { format: 2 })], 1, 'it has the format 2, and this release reads format 1'],
  ['no state', [{ ...head('bad'), state: undefined }], 1, 'it has no state'],
  [
    'a slip of the pen',
    [head('bad', { tabels: [] })],
    1,
    'it has a field "tabels", and the fields are format',
  ],
  ['no name', [head('bad', { server: {} })], 1, 'a name is a string'],
  ['a bad name', [head('a/b')], 1, "'/' is reserved for keys"],
  ['a bad key', [head('bad', { server: { name: 'bad', key: '' } })], 1, 'it is empty'],
  ['a bad revision', [head('bad', { revision: 0 })], 1, 'its revision is 0, not a whole number from 1 on'],
  ['a bad version', [head('bad', { version: '1' })], 1, 'its version is "1", not a whole number from 0 on'],
  ['a bad time', [head('bad', { wakeAt: 'now' })], 1, 'its wakeAt is no time in ms since 1970'],
  [
    'a tag that is none',
    [head('bad', { state: [{ $mpa: [] }] })],
    1,
    "there is no tag '$mpa'; a plain object",
  ],
  [
    'a date that is none',
    [head('bad', { state: { $date: 'x' } })],
    1,
    "what stands under '$date' is no date",
  ],
  [
    'a RegExp that is none',
    [head('bad', { state: { $regexp: ['(', '', 0] } })],
    1,
    "'$regexp': Invalid regular",
  ],
  [
    'digits that are none',
    [head('bad', { state: { $bigint: '1.5' } })],
    1,
    "what stands under '$bigint' is not digits",
  ],
  ['a number that is none', [head('bad', { state: { $number: '7' } })], 1, "'$number' is none of -0, NaN"],
  [
    'a number too large',
    ['{"format":1,"server":{"name":"bad"},"revision":1,"version":1,"state":1e999}'],
    1,
    'a number is too large',
  ],
  [
    'a global that is no binary',
    [head('bad', { state: { $binary: ['WebAssembly', ''] } })],
    1,
    "'$binary' is no kind of binary",
  ],
  [
    'bytes that are none',
    [head('bad', { state: { $binary: ['Buffer', '!'] } })],
    1,
    "'$binary' is no base64",
  ],
  [
    'bytes that do not fit',
    [head('bad', { state: { $binary: ['Float64Array', 'AAAA'] } })],
    1,
    "'$binary': byte length",
  ],
  [
    'a Map with a key twice',
    [
      head('bad', {
        state: {
          $map: [
            [1, 1],
            [1, 2],
          ],
        },
      }),
    ],
    1,
    "'$map' is a list that has a key twice",
  ],
  [
    'a Set with a member twice',
    [head('bad', { state: { $set: [1, 1] } })],
    1,
    "'$set' is a list that has a member twice",
  ],
  [
    'what is too deep',
    [
      `{"format":1,"server":{"name":"bad"},"revision":1,"version":1,"state":${'['.repeat(1001)}${']'.repeat(1001)}}`,
    ],
    1,
    'it is deeper than 1000 levels',
  ],
  [
    'a bad table',
    [head('bad', { tables: [{ ...table, access: 'public' }] })],
    1,
    "the access of a table is 'private' or 'protected'",
  ],
  ['a table twice', [head('bad', { tables: [table, table] })], 1, 'the table "t" is there twice'],
  [
    'an entry of another table',
    [head('bad', { tables }), { ...entry, table: 'u' }, end('bad', 1)],
    2,
    `'bad' has no table "u"`,
  ],
  [
    'half an entry',
    [head('bad', { tables }), { table: 't', entry: [1] }, end('bad', 1)],
    2,
    'an entry is [key, value]',
  ],
  [
    'a key that is none',
    [head('bad', { tables }), { table: 't', entry: [{ $map: [] }, 1] }],
    2,
    'not fit for the key of a table',
  ],
  ['an entry of nobody', [entry], 1, 'it is an entry of no server: none is before it'],
  ['an end of nobody', [end('bad', 0)], 1, 'it is an end of no server: none is before it'],
  [
    'too few entries',
    [head('bad', { tables }), entry, end('bad', 2)],
    3,
    "'bad' had 2 entries of tables, and here are 1",
  ],
  ["another's end", [head('bad', { tables }), end('worse', 0)], 2, "it ends 'worse', and 'bad' was begun"],
  [
    'no end',
    [head('bad', { tables }), entry],
    1,
    "'bad' has no end: what was exported of it is not all here",
  ],
]

describe('a line that is wrong', () => {
  test('is named; nothing of its server is written, and the others are', async () => {
    const path = temporaryFolder()
    const good = (i: number): unknown[] => [head(`good${i}`, { tables }), entry, end(`good${i}`, 1)]
    const lines: unknown[] = []
    const told = wrong.map(([what, bad, number, said], i) => {
      const line = lines.length + number
      lines.push(...bad, ...good(i))
      return { what, line, said }
    })
    const { code, err, out } = await peeper(['import', '--lmdb', path], text(...lines))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    const refusals = err.trim().split('\n')
    const n = wrong.length
    expect(refusals.pop()).toBe(`imported ${n} servers, ${n} entries of tables; ${n} servers were refused`)
    expect(refusals).toHaveLength(n)
    for (const [i, { what, line, said }] of told.entries()) {
      const refusal = refusals[i] ?? ''
      const isSaid = refusal.startsWith(`line ${line}: `) && refusal.includes(said)
      expect(refusal).toMatch(/\. Nothing of this server was written$/)
      expect({ what, refusal, isSaid }).toEqual({ what, refusal, isSaid: true })
    }
    expect(await names(path)).toEqual(wrong.map((_, i) => `good${i}`).sort())
  })

  test('leaves a store without anything if all are wrong', async () => {
    const path = temporaryFolder()
    expect(await peeper(['import', '--lmdb', path], text('x', 'y'))).toMatchObject({ code: 1 })
    expect(await names(path)).toEqual([])
  })
})

describe('a server that is stored already', () => {
  test('is refused and left as it is; the others are written', async () => {
    const path = await filledShop()
    const { out: before } = await peeper(['export', 'till', '--lmdb', path])
    const { code, err } = await peeper(['import', '--lmdb', path], text(head('till'), head('new')))
    expect(code).toBe(1)
    expect(err).toBe(
      "line 1: 'till' is stored already, and was left as it is: --replace takes its place\nimported 1 server; 1 server was refused\n",
    )
    expect((await peeper(['export', 'till', '--lmdb', path])).out).toBe(before)
    expect(await names(path)).toContain('new')
  })

  test('is replaced if that is asked for: nothing of what was there is left', async () => {
    const path = await filledShop()
    const line = '{"format":1,"server":{"name":"lot","key":"a"},"revision":1,"version":1,"state":1}\n'
    expect(await peeper(['import', '--replace', '--lmdb', path], line)).toMatchObject({ code: 0 })
    expect((await peeper(['export', 'lot/a', '--lmdb', path])).out).toBe(line)
  })

  test('is left as it is if what is to replace it is wrong', async () => {
    const path = await filledShop()
    const { out: before } = await peeper(['export', '--lmdb', path])
    const lines = text(head('till', { tables }), entry)
    expect(await peeper(['import', '--replace', '--lmdb', path], lines)).toMatchObject({ code: 1 })
    expect((await peeper(['export', '--lmdb', path])).out).toBe(before)
  })
})

test('lines come from a file too; empty ones and those of other systems are lines', async () => {
  const [path, file] = [temporaryFolder(), join(temporaryFolder(), 'lines')]
  writeFileSync(file, `\r\n${text(head('one'))}\r\n\r\n${text('x')}`)
  const { code, err } = await peeper(['import', '--file', file, '--lmdb', path])
  expect(code).toBe(1)
  expect(err).toMatch(/^line 4: /)
  expect(await names(path)).toEqual(['one'])
})

test('an error of the store ends it, and what was written is said', async () => {
  const keeper = ['--keeper', '.test/cli/modules/full.js']
  expect(await peeper(['import', ...keeper], text(head('one'), head('two'), head('three')))).toMatchObject({
    code: 1,
    err: 'imported 1 server\nnestjs-peeper: no space left on the device\n',
  })
})
