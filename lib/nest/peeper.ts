import { Inject, Injectable, type Type } from '@nestjs/common'
import type { Observable } from 'rxjs'
import type { DeadLetter, PeeperEvent } from '../engine/events.js'
import type { ExitReason, GivenReason } from '../engine/exit.js'
import { WORKER_SUFFIX } from '../engine/identity.js'
import type { Family } from '../engine/keyed/family.js'
import type { CallOptions, Ref } from '../engine/ref.js'
import type { BranchChild, Server } from '../engine/server/server.js'
import type { ChildCount, ChildInfo } from '../engine/supervisor/supervision.js'
import type { OrderedTableView } from '../engine/tables/table.js'
import { clientOf, type PeeperClient } from './client/peeper-client.js'
import { clientsOf, type PeeperClients } from './client/peeper-clients.js'
import { PeeperRuntime } from './runtime/peeper-runtime.js'

/**
 * All servers of the application, by name: for what is known only at run time. Where the class is known, inject its client
 * (`@InjectPeeper`), which is typed.
 *
 * @example
 * constructor(private readonly peeper: Peeper) {}
 * …
 * const second = await this.peeper.start(Counter, { name: 'second', state: { n: 10 } })
 * await second.call('inc')
 */
@Injectable()
export class Peeper {
  constructor(@Inject(PeeperRuntime) private readonly runtime: PeeperRuntime) {}

  /**
   * Starts one more server of a class, under a `name` of its own, or brings back one that is stopped or down, with its state. Elixir's
   * `Peeper.start_link/2`.
   *
   * `given` is a bare state or options. A plain object is options if it has a field and **all** its fields are named like options
   * (`state`, `name`, `strategy`, `maxRestarts`, `maxSeconds`, `autoShutdown`, `listener`, `timeout`, `hibernateAfter`, `debug`, `restart`,
   * `shutdown`, `mailbox`, `init`, `version`, `types`, `refuses`, `keeper`, `reset`); anything else is the state. So a state that has only
   * such fields is given as `{ state: thatState }`, and `{ state: … }` is always right.
   *
   * One that is brought back lives as it was declared: only `name`, `reset` (discards the kept state) and `state` (counts when nothing is
   * kept) may be given.
   *
   * @throws NotAServerError, NotProvidedError, AlreadyStartedError, InitFailedError, BadOptionError, BadNameError
   */
  start<T>(server: Type<T>, given?: unknown): Promise<PeeperClient<T>>
  /** Brings back a server by its name. */
  start(server: string, given?: { readonly reset?: boolean; readonly state?: unknown }): Promise<Server>
  async start<T>(server: Type<T> | string, given?: unknown): Promise<PeeperClient<T> | Server> {
    if (typeof server === 'string') return this.runtime.engine.start(server, given as object | undefined)
    const { name } = await this.runtime.startServer(server, given)
    return clientOf<T>(name, this.runtime)
  }

  /**
   * The clients of the keyed servers of a class, or of a name: what `@InjectPeeper()` injects for them.
   *
   * @example
   * await this.peeper.clients(Lot).for('42').call('bid', 7)
   * @throws NotAServerError, NotProvidedError, NoSuchServerError, BadOptionError for one that is not keyed
   */
  clients<T>(server: Type<T>): PeeperClients<T>
  clients(server: string): Family
  clients<T>(server: Type<T> | string): PeeperClients<T> | Family {
    const name = this.runtime.keyedName(server, 'peeper.clients()')
    return typeof server === 'string' ? this.runtime.family(name) : clientsOf<T>(name, this.runtime)
  }

  /** The server of this name, whatever its status; `undefined` if there is none. Elixir's `GenServer.whereis/1`. */
  whereis(name: string): Server | undefined {
    return this.runtime.engine.whereis(name)
  }

  /** Asks a server, a keyed one by `'<name>/<key>'`, or the running worker `'<name>.GenServer'`, and waits for the reply: 5 000 ms unless said. */
  async call(name: string, message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return this.runtime.engine.call(name, message, payload, options)
  }

  /** One-way. What cannot be delivered, also for want of such a server, becomes a dead letter. */
  cast(name: string, message: string, payload?: unknown): void {
    this.runtime.engine.cast(name, message, payload)
  }

  /** Any other message, for `@HandleInfo()`. Returns the message. */
  send<M extends string>(name: string, message: M, payload?: unknown): M {
    return this.runtime.engine.send(name, message, payload)
  }

  /** Ends the running life, as `Process.exit(worker, reason)`. Throws `NoSuchServerError`. */
  exit(name: string, reason: GivenReason): void {
    this.runtime.engine.resolve(name).exit(reason)
  }

  /** Ends a server for good, when what is queued is served, for at most `timeout` ms (default 5 000). Its state is kept. */
  async stop(name: string, reason?: ExitReason, timeout?: number): Promise<void> {
    await this.runtime.server(name).stop(reason, timeout)
  }

  /** The running life of a server, by the server's name or as `'<name>.GenServer'`. Throws `NoSuchServerError`. */
  worker(name: string): Ref {
    const { engine } = this.runtime
    return name.endsWith(WORKER_SUFFIX) ? engine.resolve(name) : this.runtime.server(name).worker()
  }

  /**
   * A table of a server, to be read by others: what of it is committed, at the moment of each reading. It has to be
   * `access: 'protected'`. `ref` is the server's name, or its client.
   *
   * @throws NoSuchServerError, NoSuchTableError
   */
  table<K = unknown, V = unknown>(
    ref: string | { readonly name: string },
    table: string,
  ): OrderedTableView<K, V> {
    return this.runtime.engine.table(typeof ref === 'string' ? ref : ref.name, table)
  }

  /** The servers under the root; with a name, the children of that server's branch: its keeper and its worker. */
  whichChildren(): ChildInfo[]
  whichChildren(name: string): BranchChild[]
  whichChildren(name?: string): ChildInfo[] | BranchChild[] {
    return name === undefined
      ? this.runtime.engine.whichChildren()
      : this.runtime.server(name).whichChildren()
  }

  /** OTP's `count_children`, of the root or of a server's branch. */
  countChildren(name?: string): ChildCount {
    return name === undefined
      ? this.runtime.engine.countChildren()
      : this.runtime.server(name).countChildren()
  }

  /** Runs `@CodeChange()` of a server on its state, in its turn among the messages. Rejects with `CodeChangeFailedError`, the state as it was. */
  async codeChange(name: string, change: { readonly from: number; readonly extra?: unknown }): Promise<void> {
    await this.runtime.server(name).codeChange(change)
  }

  /** What happens to all servers, in order. Hot; never ends on an error; a subscriber that throws harms nobody. */
  get events$(): Observable<PeeperEvent> {
    return this.runtime.engine.events$
  }

  /** Messages that nobody handled: the last 1 000 first, then those to come. */
  get deadLetters$(): Observable<DeadLetter> {
    return this.runtime.engine.deadLetters$
  }

  /** Green while no server is down: for a health endpoint. */
  health(): { readonly healthy: boolean; readonly down: readonly string[] } {
    return this.runtime.engine.health()
  }
}
