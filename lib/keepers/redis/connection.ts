import type { RedisClient } from './client.js'
import { Deadlines } from './deadlines.js'
import { StoreTimeoutError, StoreUnreachableError } from './errors.js'
import type { Settings } from './options.js'
import type { Script } from './scripts.js'

type Part = string | Buffer

/** A client, and what is asked of it: each time within the time there is. */
export class Connection {
  private readonly deadlines: Deadlines

  constructor(
    private readonly client: RedisClient,
    private readonly settings: Pick<Settings, 'store' | 'timeout'>,
    private readonly end: () => void = () => undefined,
  ) {
    const { store, timeout } = settings
    this.deadlines = new Deadlines(timeout, () => new StoreTimeoutError(store, timeout))
  }

  /** Sends a command. */
  ask(command: string, args: Part[]): Promise<unknown> {
    return this.deadlines.within(this.client.call(command, args).catch(this.explained))
  }

  /** Runs a script; texts come back as strings. */
  run(script: Script, keys: readonly Part[], args: readonly Part[]): Promise<unknown> {
    return this.evaluate('call', script, keys, args)
  }

  /** Runs a script; texts come back as bytes. */
  runForBytes(script: Script, keys: readonly Part[], args: readonly Part[]): Promise<unknown> {
    return this.evaluate('callBuffer', script, keys, args)
  }

  close(): void {
    this.deadlines.end()
    this.end()
  }

  // A server that was started again, or another one after a failover, does not know the script.
  private evaluate(
    call: 'call' | 'callBuffer',
    { sha, text }: Script,
    keys: readonly Part[],
    args: readonly Part[],
  ): Promise<unknown> {
    const { client } = this
    const rest = [String(keys.length), ...keys, ...args]
    const asked = client[call]('EVALSHA', [sha, ...rest]).catch((error: unknown) => {
      if (!/^NOSCRIPT/.test(String((error as Error).message))) return this.explained(error)
      return client[call]('EVAL', [text, ...rest]).catch(this.explained)
    })
    return this.deadlines.within(asked)
  }

  // What the server says is clear; what the driver says of a connection is not.
  private readonly explained = (error: unknown): never => {
    throw (error as Error).name === 'ReplyError'
      ? error
      : new StoreUnreachableError(this.settings.store, error)
  }
}
