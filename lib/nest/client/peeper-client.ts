import type { Observable } from 'rxjs'
import type { PeeperEvent } from '../../engine/events.js'
import type { ExitReason, GivenReason } from '../../engine/exit.js'
import type { CallOptions, Ref } from '../../engine/ref.js'
import type { Server, Status } from '../../engine/server/server.js'
import type { CallArguments, CastArguments, CastName, MessageName, ReplyOf, StateOf } from './protocol.js'

/**
 * What can be sent to a server of class `T`, or to one life of it. Names, payloads and replies are those of the public methods of `T`: a
 * wrong one does not compile.
 */
export interface PeeperWorker<T> {
  /** The server's name. */
  readonly name: string
  /**
   * Asks, and waits for the reply: 5 000 ms for the whole call unless `{ timeout }` says so; `{ signal }` gives it up. Nothing is repeated
   * for you.
   *
   * @throws what the handler refused with, ServerExitedError, CallTimeoutError, ServerDownError, … (as a rejection)
   */
  call<K extends MessageName<T>>(message: K, ...args: CallArguments<T, K>): Promise<ReplyOf<T, K>>
  /** One-way, for methods without a reply. What cannot be delivered becomes a dead letter. Throws only for a payload that is not data. */
  cast<K extends CastName<T>>(message: K, ...args: CastArguments<T, K>): void
  /** Any other message, for `@HandleInfo()`. Returns the message, as `send/2` does. */
  send<M extends string>(message: M, payload?: unknown): M
  /**
   * Ends the running life, as Elixir's `Process.exit(worker, reason)`: what it was doing never happened, and the supervisor decides what
   * follows. `'normal'` does nothing, as in OTP.
   */
  exit(reason: GivenReason): void
}

/**
 * The client of a server: stays the same while its workers come and go. Injected by `@InjectPeeper(Cart)`.
 *
 * @example
 * constructor(@InjectPeeper(Cart) private readonly cart: PeeperClient<Cart>) {}
 * …
 * await this.cart.call('add', item)
 * this.cart.cast('clear')
 */
export interface PeeperClient<T, S = StateOf<T>> extends PeeperWorker<T> {
  /** The state after each committed change, from now on. Never ends on an error; may be subscribed to before the server has started. */
  readonly changes$: Observable<S>
  /** What happens to this server: started, crashed, stopped, … Names and reasons, never payloads. */
  readonly events$: Observable<PeeperEvent>
  /**
   * Ends the server for good, when all queued messages are served; after `timeout` ms (default 5 000) they are rejected. Its state is kept:
   * `peeper.start` brings it back. GenServer's `stop/3`.
   */
  stop(reason?: ExitReason, timeout?: number): Promise<void>
  /** This life alone: what is sent to it fails once it is dead. Throws `NoSuchServerError` when none runs. */
  worker(): PeeperWorker<T>
  /** How it is now, with its last committed state as `@FormatStatus` shows it. */
  status(): Status
  /** Resolves when nothing waits, nothing runs and everything is committed. For tests. */
  drained(): Promise<void>
}

/** Where a client finds its server. */
export interface Servers {
  /** @throws NoSuchServerError */
  server(name: string): Server
  cast(name: string, message: string, payload: unknown): void
  send(name: string, message: string, payload: unknown): void
}

// The types are the client's; what is sent goes by name. A server that runs is the one of its name: it need not be looked up again.
class ServerClient {
  private known: Server | undefined = undefined

  constructor(
    readonly name: string,
    private readonly servers: Servers,
  ) {}

  get changes$(): Observable<unknown> {
    return this.server.changes$
  }

  get events$(): Observable<PeeperEvent> {
    return this.server.events$
  }

  call(message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    try {
      return this.server.call(message, payload, options)
    } catch (error) {
      return Promise.reject(error) // what is wrong with a call is told as its rejection
    }
  }

  cast(message: string, payload?: unknown): void {
    this.servers.cast(this.name, message, payload)
  }

  send<M extends string>(message: M, payload?: unknown): M {
    this.servers.send(this.name, message, payload)
    return message
  }

  exit(reason: GivenReason): void {
    this.server.exit(reason)
  }

  async stop(reason?: ExitReason, timeout?: number): Promise<void> {
    return this.server.stop(reason, timeout)
  }

  worker(): Ref {
    return this.server.worker()
  }

  status(): Status {
    return this.server.status()
  }

  async drained(): Promise<void> {
    return this.server.drained()
  }

  private get server(): Server {
    if (this.known?.isRunning !== true) this.known = this.servers.server(this.name)
    return this.known
  }
}

/** A client for the server of this name; `T` is its class. */
export const clientOf = <T>(name: string, servers: Servers): PeeperClient<T> =>
  new ServerClient(name, servers) as unknown as PeeperClient<T>
