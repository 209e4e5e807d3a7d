import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { Engine, type Keeper } from 'nestjs-peeper/engine'
import { isSnapshotOfState, keysOf, Part, withRaw } from '../../support/raw-lmdb.js'
import { temporaryFolder } from '../../support/temporary-lmdb.js'
import { deaths } from './deaths.js'
import { keeperOf, listOf2, type Found, type State } from './list-server.js'

/** A process that was to die, and how it ended. */
interface End {
  readonly path: string
  readonly how: Promise<unknown>
}

const begin = (when: string): End => {
  const path = temporaryFolder()
  const how = new Promise(resolve => {
    const child = execFile(
      process.execPath,
      ['.test/durability/aimed/dying.js', path, when],
      { timeout: 20_000, killSignal: 'SIGTERM' },
      (_, __, stderr) => {
        resolve({ signal: child.signalCode, stderr })
      },
    )
  })
  return { path, how }
}

/** The next one dies while this one is looked at. */
class Ends {
  private readonly begun = new Map<number, End>()

  get(index: number): End {
    const end = this.begin(index)
    if (index + 1 < deaths.length) this.begin(index + 1)
    return end
  }

  private begin(index: number): End {
    const end = this.begun.get(index) ?? begin(deaths[index]!.when)
    this.begun.set(index, end)
    return end
  }
}

/** What the next process, of a later release, makes of it. */
const goneOn = async (keeper: Keeper, key: string | undefined): Promise<Found> => {
  const engine = new Engine({ keeper })
  const options = { name: 'list', version: 2, state: { log: ['new'] }, callbacks: listOf2 }
  const server = key === undefined ? await engine.start(options) : engine.family(options).for(key)
  await server.call('add', 'on')
  const found = (await server.call('read')) as Found
  await engine.close()
  return found
}

const isChange = (entry: string): boolean => !['first', 'new', 'upgraded'].includes(entry)

const ends = new Ends()

test.each(deaths.map((death, index) => ({ ...death, index })))(
  'a process that is killed $when',
  async ({ index, key, left, versions, snapshots }) => {
    const { path, how } = ends.get(index)
    expect(await how).toEqual({ signal: 'SIGKILL', stderr: '' })

    const [revision, records] = await withRaw(path, raw => {
      const snapshot = keysOf(raw, Part.snapshot).find(isSnapshotOfState)
      return [snapshot && raw.getEntry(snapshot)?.version, keysOf(raw, Part.head, 0xff)]
    })
    if (snapshots !== undefined) expect(snapshots).toContain(revision)

    const keeper = keeperOf(path)
    const kept = await keeper.load(key === undefined ? { name: 'list' } : { name: 'list', key })
    const log = kept && (kept.state as State).log
    expect(left).toContainEqual(log)
    if (kept === undefined) expect(records).toEqual([])
    else expect(versions ?? [1]).toContain(kept.version)

    const next = [...(log ?? ['new']), ...(kept?.version === 1 ? ['upgraded'] : []), 'on']
    const changes = next.filter(isChange)
    expect(await goneOn(keeper, key)).toEqual({ log: next, table: changes, dictionary: changes })
  },
)
