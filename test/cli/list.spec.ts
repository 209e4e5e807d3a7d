import { beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { peeper } from './command-line.js'
import { filledShop } from './shop.js'

const PAGES = '.test/cli/modules/pages.js'

let path: string

beforeAll(async () => {
  path = await filledShop()
})

const listed = async (...args: string[]): Promise<unknown[]> => {
  const { lines, err, code } = await peeper(['list', ...args])
  expect({ err, code }).toEqual({ err: '', code: 0 })
  return lines.map(line => JSON.parse(line) as unknown)
}

describe('list', () => {
  test('has a line for each server that is stored', async () => {
    expect(await listed('--lmdb', path)).toEqual([
      { name: 'lot', key: 'a' },
      { name: 'lot', key: 'b/c' },
      { name: 'lot', key: 'd' },
      { name: 'till' },
    ])
  })

  test('has those of a name, and as many as are asked for', async () => {
    expect(await listed('till', '--lmdb', path)).toEqual([{ name: 'till' }])
    expect(await listed('lot', '--limit', '2', '--lmdb', path)).toEqual([
      { name: 'lot', key: 'a' },
      { name: 'lot', key: 'b/c' },
    ])
    expect(await listed('--limit', '0', '--lmdb', path)).toEqual([])
    expect(await listed('nobody', '--lmdb', path)).toEqual([])
  })

  test('goes on behind a key, page by page, on a keeper of the user', async () => {
    expect(await listed('page', '--limit', '2', '--keeper', PAGES)).toEqual([
      { name: 'page', key: '1' },
      { name: 'page', key: '2' },
    ])
    expect(await listed('page', '--limit', '2', '--after', '2', '--keeper', PAGES)).toEqual([
      { name: 'page', key: '3' },
      { name: 'page', key: '4' },
    ])
  })

  test('is walked as it is read: a list without end gives its beginning', async () => {
    expect(await listed('endless', '--limit', '3', '--keeper', PAGES)).toHaveLength(3)
  })

  test('makes no store where there is none', async () => {
    const nowhere = join(temporaryFolder(), 'nowhere')
    const { code, err } = await peeper(['list', '--lmdb', nowhere])
    expect({ code, err }).toEqual({
      code: 2,
      err: `nestjs-peeper: there is no store in '${nowhere}'. See nestjs-peeper --help\n`,
    })
    expect(existsSync(nowhere)).toBe(false)
  })
})
