import { randomBytes } from 'node:crypto'
import { addressOf, type Identity } from '../../engine/identity.js'
import { StaleOwnerError } from '../../engine/keeper/errors.js'
import type { Change, Due, Keeper, Kept } from '../../engine/keeper/keeper.js'
import { Tasks } from '../record/tasks.js'
import { connect } from './connect.js'
import type { Connection } from './connection.js'
import { identityOf, Keys } from './keys.js'
import type { RedisKeeperOptions, Settings } from './options.js'
import { Records } from './records.js'
import { settingsOf } from './settings.js'

const PAGE = '1000'

class RedisKeeper implements Keeper {
  private readonly settings: Settings
  private readonly keys: Keys
  private connection: Connection | undefined = undefined
  private connecting: Promise<Connection> | undefined = undefined
  private isClosed = false
  private readonly tasks: Tasks
  /** Commits of which it is not known whether they happened, by server. */
  private readonly uncertain = new Map<string, string>()
  private readonly name = randomBytes(9).toString('base64url')
  private commits = 0

  constructor(private readonly options: RedisKeeperOptions) {
    this.settings = settingsOf(options)
    this.keys = new Keys(this.settings.prefix)
    this.tasks = new Tasks(this.settings.report)
  }

  async open(): Promise<void> {
    await this.opened()
  }

  async load(server: Identity): Promise<Kept | undefined> {
    const records = this.records(this.connection ?? (await this.opened()), server)
    const address = addressOf(server)
    const token = this.uncertain.get(address)
    const found = await records.load(token)
    this.settle(address, token)
    return found
  }

  // A handler that its engine gave up may come back when all is closed: it must not connect again.
  async commit(server: Identity, change: Change, expectedRevision: number): Promise<void> {
    if (this.isClosed) throw new Error(`${this.settings.store} is closed: nothing was written`)
    const records = this.records(this.connection ?? (await this.opened()), server)
    const address = addressOf(server)
    const token = `${this.name}.${(this.commits += 1).toString(36)}`
    this.uncertain.set(address, token)
    try {
      const tasks = await records.commit(change, expectedRevision, token)
      this.settle(address, token)
      for (const task of tasks) this.tasks.start(task)
    } catch (error) {
      if (error instanceof StaleOwnerError) this.settle(address, token)
      throw error
    }
  }

  async remove(server: Identity): Promise<void> {
    const records = this.records(this.connection ?? (await this.opened()), server)
    const address = addressOf(server)
    const token = this.uncertain.get(address)
    await records.remove(token)
    this.settle(address, token)
  }

  async *list(name?: string, after?: string): AsyncIterable<Identity> {
    const connection = this.connection ?? (await this.opened())
    const { servers } = this.keys
    if (
      name !== undefined &&
      after === undefined &&
      (await connection.ask('ZSCORE', [servers, name])) !== null
    )
      yield { name }
    const end = name === undefined ? '+' : `(${name}0` // 0 comes next to /
    let from = name === undefined ? '-' : after === undefined ? `[${name}/` : `(${name}/${after}`
    for (;;) {
      const page = (await connection.ask('ZRANGEBYLEX', [servers, from, end, 'LIMIT', '0', PAGE])) as string[]
      for (const address of page) yield identityOf(address)
      if (page.length < Number(PAGE)) return
      from = `(${page.at(-1) ?? ''}`
    }
  }

  async due(until: number, limit: number): Promise<readonly Due[]> {
    const connection = this.connection ?? (await this.opened())
    const range = [this.keys.due, '-inf', String(until), 'WITHSCORES', 'LIMIT', '0', String(limit)]
    const found = ((await connection.ask('ZRANGEBYSCORE', range)) as (string | readonly string[])[]).flat()
    const due: Due[] = []
    for (let i = 0; i < found.length; i += 2)
      due.push({ server: identityOf(found[i] ?? ''), at: Number(found[i + 1]) })
    return due
  }

  async close(): Promise<void> {
    this.isClosed = true
    const connection = await this.connecting?.catch(() => undefined) // who asked for it has been told
    await this.tasks.ended()
    this.connection = this.connecting = undefined
    connection?.close()
  }

  private records(connection: Connection, server: Identity): Records {
    return new Records(connection, this.settings, this.keys, this.keys.of(server))
  }

  // The first who needs it connects; what failed is tried again.
  private opened(): Promise<Connection> {
    return (this.connecting ??= connect(this.options, this.settings, this.keys).then(
      connection => {
        this.isClosed = false
        return (this.connection = connection)
      },
      (error: unknown) => {
        this.connecting = undefined
        throw error
      },
    ))
  }

  private settle(address: string, token: string | undefined): void {
    if (this.uncertain.get(address) === token) this.uncertain.delete(address)
  }
}

/**
 * Keeps states in Redis 7 or Valkey, where all replicas of an application find them. By `url` it needs the package `ioredis`: `npm install ioredis`.
 *
 * A commit is one script that looks whether the stored revision is the expected one and then writes state, tables and dictionary: two owners never
 * mix. What it sends follows the change: a small state goes whole, of a large one what changed in it, and of a table the entries that were
 * written. What the server keeps when it fails is a matter of its own settings: `appendonly`, `appendfsync`, replication.
 *
 * @example
 * PeeperModule.forRoot({ keeper: redisKeeper({ url: 'redis://localhost:6379' }) })
 * @throws BadOptionError; at the start MissingDriverError, StoreUnreachableError, StoreRightsError, StoreVersionError, NewerStoreError
 */
export const redisKeeper = (options: RedisKeeperOptions): Keeper => new RedisKeeper(options)
