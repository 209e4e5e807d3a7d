import { expect, test } from '@jest/globals'
import { runScript } from '../support/child-process.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'

test('a keeper that is closed while changes are on their way does them first, and the process lives on', async () => {
  const { lines, code, stderr } = await runScript(`
    import { lmdbKeeper } from 'nestjs-peeper/lmdb'
    const options = { path: ${JSON.stringify(temporaryFolder())}, snapshot: { share: 0, minBytes: 1 } }
    const keeper = lmdbKeeper(options)
    const text = 'x'.repeat(3_000)
    const commit = (revision, patches) => keeper.commit({ name: 'a' },
      { revision, version: 1, state: { text, n: revision }, patches, tables: [], dictionary: [] }, revision - 1)
    await commit(1, [{ op: 'set', path: [], value: { text, n: 1 } }])
    const change = commit(2, [{ op: 'set', path: ['n'], value: 2 }])
    await Promise.all([keeper.close(), change])
    await new Promise(resolve => setTimeout(resolve, 20))
    const next = lmdbKeeper(options)
    console.log((await next.load({ name: 'a' })).state.n)
    await next.close()`)
  expect({ lines, code, stderr }).toEqual({ lines: ['2'], code: 0, stderr: '' })
})
