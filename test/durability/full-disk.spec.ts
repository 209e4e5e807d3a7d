import { describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { smallDisk } from '../support/small-disk.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { ProcessUnderLoad } from './process-under-load.js'
import { Promises } from './promises.js'

const BLOCKS = 1_200 // of 512 bytes
const REFUSED = 5
const SERVERS = 7

const disk = smallDisk(4_000_000)
if (disk === undefined)
  process.stderr.write('full-disk: this user may not mount a disk, so a full one was NOT tested\n')
const onSmallDisk = disk === undefined ? test.skip : test

describe.each(['power', 'process'] as const)(
  "a disk that is full, of a process under load, durability: '%s'",
  durability => {
    onSmallDisk(
      'costs nothing that was acknowledged, and all goes on when there is room',
      async () => {
        const path = join(disk!.path, durability)
        const promises = new Promises()
        const child = new ProcessUnderLoad({ kind: 'lmdb', path, durability })
        const refused: string[] = []
        const back = new Set<string>()
        let hasRoom = false
        let count = 0
        for await (const said of child.says(1)) {
          if (said.what === 'acknowledged') {
            promises.add([said.of])
            if (!hasRoom && (count += 1) === 50) disk!.fill()
            if (hasRoom) back.add(said.of.split(' ')[0]!)
          }
          if (said.what === 'refused') refused.push(said.of)
          if (!hasRoom && refused.length >= REFUSED) {
            disk!.makeRoom()
            hasRoom = true
          }
          if (back.size === SERVERS) await child.kill()
        }
        for (const said of refused) expect(said).toMatch(/ PEEPER_COMMIT_FAILED PEEPER_STORE_WRITE$/)
        await promises.expectStored({ kind: 'lmdb', path, durability })
      },
      60_000,
    )
  },
)

test('a file that may not grow any more costs nothing that was acknowledged, and the next process goes on', async () => {
  const store = { kind: 'lmdb', path: temporaryFolder(), durability: 'process' } as const
  const promises = new Promises()
  const child = new ProcessUnderLoad(store, BLOCKS)
  const refused: string[] = []
  for await (const said of child.says(1)) {
    if (said.what === 'acknowledged') promises.add([said.of])
    if (said.what === 'refused') refused.push(said.of)
    if (refused.length >= REFUSED) await child.kill()
  }
  for (const said of refused) expect(said).toMatch(/ PEEPER_COMMIT_FAILED PEEPER_STORE_WRITE$/)
  await promises.expectStored(store)

  const next = new ProcessUnderLoad(store)
  const { found, acknowledged } = await next.run(2, { acknowledged: 50, later: 0 })
  found?.forEach(each => {
    promises.expectKept(each)
  })
  promises.add(acknowledged)
  await promises.expectStored(store)
}, 60_000)
