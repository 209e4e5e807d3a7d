import { beforeAll, describe, expect, test } from '@jest/globals'
import { peeper } from './command-line.js'
import { filledShop } from './shop.js'

let path: string

beforeAll(async () => {
  path = await filledShop()
})

describe('show', () => {
  test('has all of a server but the entries of its tables', async () => {
    const { lines, code } = await peeper(['show', 'lot/a', '--lmdb', path])
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual([
      {
        server: 'lot/a',
        revision: 2,
        version: 1,
        state: {
          top: 3,
          bidders: {
            $map: [
              ['ann', { $date: '1970-01-01T00:00:00.001Z' }],
              ['bob', { $date: '1970-01-01T00:00:00.002Z' }],
            ],
          },
        },
        dictionary: [['last', 'bob']],
        tables: [{ name: 'bids', ordered: true, access: 'private', entries: 2 }],
      },
    ])
    expect(code).toBe(0)
  })

  test('has the entries of a table, a line each', async () => {
    const { lines, code } = await peeper(['show', 'lot/a', '--table', 'bids', '--lmdb', path])
    expect(lines).toEqual(['[1,{"who":"ann","by":1}]', '[3,{"who":"bob","by":2}]'])
    expect(code).toBe(0)
  })

  test.each([
    ['till/x', [], "nothing is stored of 'till/x'"],
    ['lot', [], "nothing is stored of 'lot'; it has keys: show lot/a"],
    ['nobody', [], "nothing is stored of 'nobody'"],
    ['lot/a', ['--table', 'offers'], "there is no table 'offers'; there are 'bids'"],
    ['till', ['--table', 'offers'], "there is no table 'offers'; it has none"],
  ])('of %s %j says that there is nothing', async (address, more, said) => {
    const { code, err, out } = await peeper(['show', address, ...more, '--lmdb', path])
    expect({ code, err, out }).toEqual({ code: 1, err: `${said}\n`, out: '' })
  })

  test('shows the tables that the library keeps for itself by a name that can be typed, and a time to be woken at', async () => {
    const keeper = ['--keeper', '.test/cli/modules/reminded.js']
    const { lines } = await peeper(['show', 'clerk', ...keeper])
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      wakeAt: '1970-01-01T00:00:07.000Z',
      tables: [
        { name: 'reminders', ordered: false, access: 'private', entries: 0 },
        { name: 'reminders', system: true, ordered: true, access: 'private', entries: 1 },
        { name: 'requests', system: true, ordered: true, access: 'private', entries: 1 },
      ],
    })
    expect((await peeper(['show', 'clerk', '--table', 'requests', ...keeper])).lines).toEqual(['["r",1]'])
    expect((await peeper(['show', 'clerk', '--table', 'reminders', ...keeper])).lines).toEqual([])
  })
})
