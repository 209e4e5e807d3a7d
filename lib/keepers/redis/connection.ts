import type { BytesClient, RedisClient } from './client.js'
import { Deadlines } from './deadlines.js'
import { StoreSilentError, StoreUnreachableError } from '../record/store-errors.js'
import type { Settings } from './options.js'
import type { Script } from './scripts.js'

type Part = string | Buffer

/** What may be done with a client that nobody else has. */
export interface OwnClient {
  /** What is sent in this turn of the event loop goes out together. */
  gather(): void
  /** Why there is no connection, if that is known. */
  trouble(): unknown
  end(): void
}

const NOTHING_OWN: OwnClient = { gather: () => undefined, trouble: () => undefined, end: () => undefined }

/** A client, and what is asked of it: each time within the time there is. */
export class Connection {
  private readonly deadlines: Deadlines

  private readonly client: BytesClient

  constructor(
    client: RedisClient,
    private readonly settings: Pick<Settings, 'store' | 'timeout'>,
    private readonly own: OwnClient = NOTHING_OWN,
  ) {
    const { store, timeout } = settings
    this.client = client as BytesClient
    this.deadlines = new Deadlines(timeout, () => new StoreSilentError(store, timeout))
  }

  /** Sends a command. */
  ask(command: string, args: Part[]): Promise<unknown> {
    return this.deadlines.within(this.client.call(command, args).catch(this.explained))
  }

  /** Runs a script; texts come back as strings. */
  run({ sha, text }: Script, keys: readonly Part[], args: readonly Part[]): Promise<unknown> {
    const all = [...keys, ...args]
    this.own.gather()
    return this.evaluated(this.client.evalsha(sha, keys.length, all), () =>
      this.client.eval(text, keys.length, all),
    )
  }

  /** Runs a script; texts come back as bytes. */
  runForBytes({ sha, text }: Script, keys: readonly Part[], args: readonly Part[]): Promise<unknown> {
    const all = [...keys, ...args]
    this.own.gather()
    return this.evaluated(this.client.evalshaBuffer(sha, keys.length, all), () =>
      this.client.evalBuffer(text, keys.length, all),
    )
  }

  close(): void {
    this.deadlines.end()
    this.own.end()
  }

  // A server that was started again, or another one after a failover, does not know the script.
  private evaluated(asked: Promise<unknown>, evaluate: () => Promise<unknown>): Promise<unknown> {
    return this.deadlines.within(
      asked.catch((error: unknown) => {
        if (!(error as Error).message.startsWith('NOSCRIPT')) return this.explained(error)
        return evaluate().catch(this.explained)
      }),
    )
  }

  // What the server says is clear; what the driver says of a connection is not.
  private readonly explained = (error: unknown): never => {
    throw (error as Error).name === 'ReplyError'
      ? error
      : new StoreUnreachableError(this.settings.store, this.own.trouble() ?? error)
  }
}
