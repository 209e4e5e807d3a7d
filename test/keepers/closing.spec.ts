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
    const next = lmdbKeeper(options)
    console.log((await next.load({ name: 'a' })).state.n)
    await next.close()`)
  expect({ lines, code, stderr }).toEqual({ lines: ['2'], code: 0, stderr: '' })
})

test('a snapshot that is due by a change which waits for its turn while the keeper is closed is made before it is', async () => {
  const { lines, code, stderr } = await runScript(`
    import { Data } from 'nestjs-peeper/engine'
    import { lmdbKeeper } from 'nestjs-peeper/lmdb'
    const options = { path: ${JSON.stringify(temporaryFolder())}, snapshot: { share: 0, minBytes: 200 } }
    const keeper = lmdbKeeper(options)
    const list = Array.from({ length: 200_000 }, () => 'x')
    const data = new Data()
    const commit = (revision, text, patch) => keeper.commit({ name: 'a' },
      { revision, version: 1, state: data.keep({ list, text }), patches: [patch], tables: [], dictionary: [] }, revision - 1)
    await commit(1, '', { op: 'set', path: [], value: data.keep({ list, text: '' }) })
    const changes = ['short', 'long'.repeat(100)].map((text, i) => commit(i + 2, text, { op: 'set', path: ['text'], value: text }))
    await Promise.all([keeper.close(), ...changes])
    const next = lmdbKeeper(options)
    console.log((await next.load({ name: 'a' })).state.text.length)
    await next.close()`)
  expect({ lines, code, stderr }).toEqual({ lines: ['400'], code: 0, stderr: '' })
})
