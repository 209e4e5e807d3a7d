import { afterAll, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Engine, type Server } from 'nestjs-peeper/engine'
import { postgresKeeper } from 'nestjs-peeper/postgres'
import { describeWith, privateServer } from '../support/stores/found-or-started.js'
import { postgresServer } from '../support/stores/postgres-server.js'
import type { PrivateServer } from '../support/stores/private-server.js'
import { ledger, ledgerState, type LedgerFound } from './ledger.js'

const TIMEOUT = 1_000
const SIZES = [10, 3_000, 30_000]

const engineOn = (url: string, schema: string): Engine =>
  new Engine({
    keeper: postgresKeeper({ url, schema, timeout: TIMEOUT, snapshot: { share: 0.5, minBytes: 2_000 } }),
  })

const startAll = (engine: Engine): Promise<Server[]> =>
  Promise.all(
    SIZES.map(size =>
      engine.start({ name: `of ${size}`, state: ledgerState(size), callbacks: ledger, init: { retries: 0 } }),
    ),
  )

/** Sends until it is told to end. What was acknowledged, and what failed, by server. */
class Load {
  readonly acknowledged = new Map<string, string[]>()
  readonly failed: unknown[] = []
  private isOver = false
  private readonly clients: Promise<void>[]
  private waiting: { readonly count: number; readonly resolve: () => void } | undefined = undefined

  constructor(servers: readonly Server[], round: string) {
    this.clients = servers.flatMap(server => [0, 1].map(client => this.send(server, `${round}.${client}`)))
  }

  /** Resolves when so many more were acknowledged. */
  more(count: number): Promise<void> {
    return new Promise(resolve => (this.waiting = { count: this.count + count, resolve }))
  }

  async end(): Promise<void> {
    this.isOver = true
    await Promise.all(this.clients)
  }

  get count(): number {
    return [...this.acknowledged.values()].reduce((sum, ids) => sum + ids.length, 0)
  }

  private async send(server: Server, client: string): Promise<void> {
    for (let n = 0; !this.isOver; n += 1) {
      const id = `${client}.${n}`
      try {
        await server.call('add', id)
        this.acknowledged.set(server.name, [...(this.acknowledged.get(server.name) ?? []), id])
        if (this.waiting !== undefined && this.count >= this.waiting.count) this.waiting.resolve()
      } catch (error) {
        this.failed.push(error)
        await new Promise(setImmediate)
      }
    }
  }
}

const expectKept = async (servers: readonly Server[], loads: readonly Load[]): Promise<void> => {
  for (const server of servers) {
    const { n, ids, dictionary } = (await server.call('find')) as LedgerFound
    const lost = loads
      .flatMap(load => load.acknowledged.get(server.name) ?? [])
      .filter(id => !ids.includes(id))
    expect({ server: server.name, lost, entries: ids.length, dictionary }).toEqual({
      server: server.name,
      lost: [],
      entries: n,
      dictionary: n,
    })
    expect(new Set(ids).size).toBe(ids.length)
  }
}

/** Ends the store in some way while servers are at work, and brings it back. */
const outages: [string, (store: PrivateServer, failing: () => Promise<void>) => Promise<void>][] = [
  [
    'stopped and started',
    async (store, failing) => {
      await store.stop()
      await failing()
      await store.start()
    },
  ],
  [
    'killed by SIGKILL and started',
    async (store, failing) => {
      await store.kill()
      await failing()
      await store.start()
    },
  ],
  [
    'halted by SIGSTOP and continued',
    async (store, failing) => {
      store.halt()
      await failing()
      store.resume()
    },
  ],
]

describeWith(await privateServer(postgresServer), 'a PostgreSQL', store => {
  test.each(outages)(
    'that is %s under load has lost nothing it acknowledged, and holds nothing half-done',
    async (how, outage) => {
      const schema = how.slice(0, 7).trim()
      const engine = engineOn(store.url, schema)
      const servers = await startAll(engine)
      const before = new Load(servers, 'before')
      await before.more(60)
      await outage(store, async () => {
        const isTold = (): boolean => {
          const { down, waiting = [] } = engine.health()
          expect(down).toEqual([])
          return waiting.length > 0 && before.failed.length > 0
        }
        while (!isTold()) await new Promise(setImmediate)
      })
      await before.end()
      // Whoever is asked again once it is back answers: the server has loaded what is stored.
      const after = new Load(servers, 'after')
      await after.more(30)
      await after.end()
      await expectKept(servers, [before, after])
      await engine.close()
      const next = engineOn(store.url, schema)
      await expectKept(await startAll(next), [before, after])
      await next.close()
    },
    60_000,
  )

  test('lets two processes follow each other: of one that was paused and comes back nothing is written', async () => {
    const owner = new Owner(store.url, 'shared')
    await owner.told(/^kept/)
    owner.pause()
    const engine = engineOn(store.url, 'shared')
    const server = await engine.start({ name: 'shared', state: ledgerState(10), callbacks: ledger })
    for (let n = 0; n < 5; n += 1) await server.call('add', `successor.${n}`)
    owner.resume()
    // It says what happened, loads what the other wrote, and goes on from there.
    expect(await owner.told(/^refused/)).toMatch(
      /PEEPER_COMMIT_FAILED PEEPER_STALE_OWNER the stored state of 'shared' is at revision \d+, not \d+: another owner wrote it/,
    )
    await owner.told(/^kept/)
    owner.pause()
    // Now this one was left behind, and is told the same.
    await expect(server.call('add', 'late')).rejects.toMatchObject({
      code: 'PEEPER_COMMIT_FAILED',
      cause: {
        code: 'PEEPER_STALE_OWNER',
        message: expect.stringMatching(/'shared'.*another owner wrote it/),
      },
    })
    const { n, ids, dictionary } = (await server.call('find')) as LedgerFound
    expect(ids).toEqual(
      expect.arrayContaining([...owner.kept, ...[0, 1, 2, 3, 4].map(n => `successor.${n}`)]),
    )
    expect(ids).not.toContain('late')
    expect([ids.length, new Set(ids).size, dictionary]).toEqual([n, n, n])
    await engine.close()
    await owner.kill()
  }, 60_000)
})

const owners = new Set<ChildProcess>()
afterAll(() => {
  for (const owner of owners) owner.kill('SIGKILL')
})

/** A process that owns a server. */
class Owner {
  readonly kept: string[] = []
  private readonly child: ChildProcess
  private asked: { readonly what: RegExp; readonly resolve: (line: string) => void } | undefined = undefined

  constructor(url: string, schema: string) {
    this.child = spawn(process.execPath, ['.test/durability/postgres-owner.js', url, schema], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    owners.add(this.child)
    createInterface(this.child.stdout!).on('line', line => {
      if (line.startsWith('kept ')) this.kept.push(line.slice(5))
      if (this.asked?.what.test(line) === true) this.asked.resolve(line)
    })
  }

  /** The next line like this. */
  told(what: RegExp): Promise<string> {
    return new Promise(resolve => (this.asked = { what, resolve }))
  }

  pause(): void {
    this.child.kill('SIGSTOP')
  }

  resume(): void {
    this.child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await ended
  }
}
