import { afterEach, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Engine, type Server } from 'nestjs-peeper/engine'
import { runScript } from '../support/child-process.js'
import { Part, spoil } from '../support/raw-lmdb.js'
import { temporaryFolder } from '../support/temporary-lmdb.js'
import { keeperOf, list, type Found } from './aimed/list-server.js'

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** A process that owns a store, and can be stopped. */
class Owner {
  private readonly child: ChildProcess
  private readonly lines: AsyncIterator<string>

  constructor(path: string) {
    this.child = spawn(process.execPath, ['.test/durability/owner.js', path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    running.push(this.child)
    this.lines = createInterface(this.child.stdout!)[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.child.pid!
  }

  async says(): Promise<string> {
    return (await this.lines.next()).value as string
  }

  order(...lines: string[]): void {
    for (const line of lines) this.child.stdin!.write(`${line}\n`)
  }

  /** Resolves once it stands still, with no lock of LMDB's: who opens the store would wait for that, and not come back. */
  async rest(): Promise<void> {
    this.order('rest')
    await this.stopped()
  }

  async stopped(): Promise<void> {
    while (!readFileSync(`/proc/${this.pid}/stat`, 'utf8').includes(') T ')) await new Promise(setImmediate)
  }

  wake(): void {
    this.child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    const ended = new Promise(resolve => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    await ended
  }
}

/** How the start of another process on this store ends. */
const startingElsewhere = async (path: string): Promise<string[]> => {
  const { lines } = await runScript(`
    const { lmdbKeeper } = await import('nestjs-peeper/lmdb')
    const keeper = lmdbKeeper({ path: ${JSON.stringify(path)} })
    await keeper.open().then(() => console.log('open'), ({ code, pid }) => console.log(code + ' ' + pid))
    await keeper.close()`)
  return lines
}

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux(
  'an owner that is stopped keeps its store, in the middle of a transaction too, until it is killed',
  async () => {
    const path = temporaryFolder()
    const owner = new Owner(path)
    expect(await owner.says()).toBe('open')
    owner.order('add list a')
    expect(await owner.says()).toBe('acknowledged a')
    owner.order('transaction')
    await owner.stopped()
    expect(await startingElsewhere(path)).toEqual([`PEEPER_STORE_IN_USE ${owner.pid}`])
    await owner.kill()
    expect(await startingElsewhere(path)).toEqual(['open'])
  },
  60_000,
)

const add = (server: Server, entry: string): Promise<unknown> => server.call('add', entry)
const logOf = async (server: Server): Promise<readonly string[]> => ((await server.call('read')) as Found).log

onLinux(
  'an owner whose store was taken while it was stopped can neither store nor acknowledge anything when it wakes',
  async () => {
    const path = temporaryFolder()
    const owner = new Owner(path)
    expect(await owner.says()).toBe('open')
    owner.order('add list a', 'add other a')
    for (const _ of ['list', 'other']) expect(await owner.says()).toBe('acknowledged a')
    await owner.rest()

    // As in another container, where nothing can be known of it.
    await spoil(path, Part.lock, 0, record => {
      const holder = JSON.parse(record.toString()) as object
      return Buffer.from(JSON.stringify({ ...holder, space: 'pid:[1]' }))
    })
    const engine = new Engine({ keeper: keeperOf(path) })
    const start = (name: string): Promise<Server> =>
      engine.start({ name, state: { log: [] }, callbacks: list })
    const server = await start('list')
    expect(await add(server, 'b')).toBe(2)

    // Of the one server the new owner has changed the state, of the other one it has not yet.
    owner.order('add list c', 'add other d', 'add list e', 'add other f')
    owner.wake()
    expect(await owner.says()).toMatch(/^refused c .*was taken by process/)
    expect(await owner.says()).toMatch(/^refused d .*was taken by process/)
    expect(await owner.says()).toMatch(/^refused e /)
    expect(await owner.says()).toMatch(/^refused f /)

    expect(await add(server, 'g')).toBe(3)
    const other = await start('other')
    expect(await logOf(other)).toEqual(['a'])
    await engine.close()

    const next = new Engine({ keeper: keeperOf(path) })
    const kept = await next.start({ name: 'list', state: { log: [] }, callbacks: list })
    expect(await logOf(kept)).toEqual(['a', 'b', 'g'])
    await next.close()
  },
  60_000,
)
