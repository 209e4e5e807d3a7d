import { expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { postgresPool, postgresUrl } from '../support/stores/temporary-postgres.js'
import { describeWith } from '../support/stores/found-or-started.js'
import { peeper } from './command-line.js'
import { filledShop } from './shop.js'

/** Runs with a database of its own. */
const withDatabase = async (url: string, work: (url: string) => Promise<void>): Promise<void> => {
  const name = `peeper_cli_${randomUUID().replaceAll('-', '')}`
  await postgresPool().query(`create database ${name}`)
  try {
    await work(Object.assign(new URL(url), { pathname: name }).href)
  } finally {
    await postgresPool().query(`drop database ${name}`)
  }
}

describeWith(postgresUrl, '--postgres', url => {
  test('takes what a folder had, gives it back, and lists it page by page', () =>
    withDatabase(url, async database => {
      const folder = await filledShop()
      const { out } = await peeper(['export', '--lmdb', folder])
      const store = ['--postgres', database]
      expect(await peeper(['import', ...store], out)).toMatchObject({
        code: 0,
        err: 'imported 4 servers, 4 entries of tables\n',
      })
      expect((await peeper(['export', ...store])).out).toBe(out)
      const { lines } = await peeper(['list', 'lot', '--after', 'a', '--limit', '1', ...store])
      expect(lines).toEqual(['{"name":"lot","key":"b/c"}'])
    }))

  test('makes nothing where it only reads', () =>
    withDatabase(url, async database => {
      const { code, err } = await peeper(['list', '--postgres', database])
      expect(code).toBe(1)
      expect(err).toMatch(/^nestjs-peeper: .* has no tables for the keeper/)
      expect((await peeper(['list', '--postgres', database])).err).toBe(err)
    }))

  test('that nobody answers at is an error of one line', async () => {
    const { code, err } = await peeper(['list', '--postgres', 'postgres://127.0.0.1:1/none'])
    expect(code).toBe(1)
    expect(err).toMatch(/^nestjs-peeper: .*cannot be reached.*\n$/)
  })
})
