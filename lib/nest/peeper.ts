import { Inject, Injectable, type Type } from '@nestjs/common'
import type { Observable } from 'rxjs'
import type { DeadLetter, PeeperEvent } from '../engine/events.js'
import type { ExitReason, GivenReason } from '../engine/exit.js'
import { addressOf, WORKER_SUFFIX, type Identity } from '../engine/identity.js'
import type { Family } from '../engine/keyed/family.js'
import type { CallOptions, Ref } from '../engine/ref.js'
import type { Monitor } from '../engine/listener/monitor.js'
import type { Down } from '../engine/server/bonds.js'
import type { RefLike } from '../engine/worker/context.js'
import type { BranchChild, Server } from '../engine/server/server.js'
import type { StartSupervisorOptions } from '../engine/tree/options.js'
import type { Health } from '../engine/tree/tree.js'
import type { ChildCount, ChildInfo } from '../engine/supervisor/supervision.js'
import type { OrderedTableView } from '../engine/tables/table.js'
import { clientOf, type PeeperClient } from './client/peeper-client.js'
import { clientsOf, type PeeperClients } from './client/peeper-clients.js'
import { PeeperRuntime } from './runtime/peeper-runtime.js'
import type { Runtime } from './runtime/runtime.js'

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
  constructor(@Inject(PeeperRuntime) private readonly runtime: Runtime) {}

  /**
   * Starts one more server of a class, under a `name` of its own, or brings back one that is stopped or down, with its state. Elixir's
   * `Peeper.start_link/2`.
   *
   * `given` is a bare state or options. A plain object is options if it has a field and **all** its fields are named like options
   * (`state`, `name`, `strategy`, `maxRestarts`, `maxSeconds`, `autoShutdown`, `listener`, `timeout`, `hibernateAfter`, `trapExit`, `debug`, `restart`,
   * `shutdown`, `mailbox`, `init`, `requests`, `version`, `types`, `refuses`, `keeper`, `reset`, `supervisor`, and beside `supervisor` also `id` and `significant`); anything else is the state. So a state that has only
   * such fields is given as `{ state: thatState }`, and `{ state: … }` is always right.
   *
   * One that is brought back lives as it was declared: only `name`, `reset` (discards the kept state) and `state` (counts when nothing is
   * kept) may be given.
   *
   * `supervisor` names the one it starts under (default: the root), `id` it among the children of that: see {@link startSupervisor}.
   *
   * @throws NotAServerError, NotProvidedError, AlreadyStartedError, InitFailedError, BadOptionError, BadNameError, NoSuchSupervisorError,
   * SupervisorDownError, MaxChildrenError, DuplicateChildError; NewerStateError, CodeChangeMissingError, CodeChangeFailedError for a stored
   * state of another version
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
   * await peeper.clients(Lot).for('42').call('bid', 7)
   * @throws NotAServerError, NotProvidedError, NoSuchServerError, BadOptionError for one that is not keyed
   */
  clients<T>(server: Type<T>): PeeperClients<T>
  clients(server: string): Family
  clients<T>(server: Type<T> | string): PeeperClients<T> | Family {
    const name = this.runtime.keyedName(server, 'peeper.clients()')
    return typeof server === 'string' ? this.runtime.family(name) : clientsOf<T>(name, this.runtime)
  }

  /**
   * Watches the life of a server that runs now, by its name, `Ref` or client: tells once, as a promise and as an Observable, when it ends,
   * whether it crashed, exited or was stopped. The reason is passed as it is. If none runs, at once with `{ shutdown: 'noproc' }`. It is of
   * this life alone: after a restart, monitor again. In a handler use `ctx.monitor`. Elixir's `Process.monitor/1`.
   *
   * @example
   * const { reason } = await peeper.monitor('cart').down
   * @throws BadOptionError for what names no server
   */
  monitor(ref: RefLike): Monitor<Down> {
    return this.runtime.engine.monitor(ref)
  }

  /**
   * Starts a supervisor at run time, under `supervisor` or under the root; then `start(Class, { supervisor: name })` starts servers under it.
   * Use it where servers come and go together; what is known before is better declared with `@PeeperSupervisor()`. What spends its restart
   * budget under it is restarted by it, and counts in its own window (`maxRestarts` in `maxSeconds`); when that is spent too, it ends its
   * children in reverse order and exits to its parent. Elixir's `Supervisor.start_link/2`, `DynamicSupervisor` with `maxChildren`.
   *
   * @example
   * await peeper.startSupervisor({ name: 'rooms', maxChildren: 100 })
   * await peeper.start(Room, { name: 'lobby', supervisor: 'rooms' })
   * @throws BadOptionError, BadNameError, AlreadyStartedError for a taken name, NoSuchSupervisorError, SupervisorDownError,
   * MaxChildrenError, InitFailedError
   */
  async startSupervisor(options: StartSupervisorOptions): Promise<void> {
    await this.runtime.engine.startSupervisor(options)
  }

  /**
   * Ends a child of a supervisor (`'root'` is the one at the top), with what is under it; it stays known. What is queued is not served: use
   * {@link stop} for that. Throws `NoSuchSupervisorError`, `NoSuchServerError`.
   */
  async terminateChild(supervisor: string, id: string): Promise<void> {
    await this.runtime.engine.terminateChild(supervisor, id)
  }

  /**
   * Starts a child again that was terminated, ended or gave up, with its state; a supervisor with all its children. One that runs goes on.
   * Throws `NoSuchSupervisorError`, `NoSuchServerError`, `SupervisorDownError`, `MaxChildrenError`, `InitFailedError`.
   */
  async restartChild(supervisor: string, id: string): Promise<void> {
    await this.runtime.engine.restartChild(supervisor, id)
  }

  /**
   * Forgets a child that does not run, and what is under it: its name is free again. Kept states stay in the keeper. Throws
   * `NoSuchSupervisorError`, `NoSuchServerError`, `BadOptionError` while it runs.
   */
  deleteChild(supervisor: string, id: string): void {
    this.runtime.engine.deleteChild(supervisor, id)
  }

  /**
   * Moves a server to another supervisor (`'root'` is the one at the top) while it runs: nothing is restarted. Its state, tables and
   * dictionary, what waits in its mailbox, its timers, monitors and listeners, its options and the restarts it has left go with it, under the
   * same name; its clients notice nothing. From then on it is the last child of its new parent, by the `id` it had (under the root its name),
   * and what spends its restart budget counts there. One that does not run moves its place: {@link start} brings it back under its new
   * parent. To where it is already nothing is done. Elixir's `Peeper.transfer/4`.
   *
   * While it is being started, restarted or ended, with its supervisor or alone, the move waits for that: awaited in its own `@Init()` it
   * would wait for itself. A move that fails has changed nothing. It is not remembered: the application starts again as it is declared.
   *
   * @example
   * await peeper.transfer('lobby', 'rooms', 'crowded')
   * peeper.whichChildren({ supervisor: 'crowded' }).at(-1)?.id // 'lobby'
   * @throws NoSuchServerError, NoSuchSupervisorError, NotAChildError if it is under another supervisor, SupervisorDownError, MaxChildrenError,
   * DuplicateChildError, ServerNotStartedError, BadOptionError for a supervisor or a keyed server, ServerClosingError
   */
  async transfer(name: string, fromSupervisor: string, toSupervisor: string): Promise<void> {
    await this.runtime.engine.transfer(name, fromSupervisor, toSupervisor)
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
   * `access: 'protected'`. `ref` is the server's name, of a keyed one `name/key`, or its client.
   *
   * @throws NoSuchServerError, NoSuchTableError
   */
  table<K = unknown, V = unknown>(ref: string | Identity, table: string): OrderedTableView<K, V> {
    return this.runtime.engine.table(typeof ref === 'string' ? ref : addressOf(ref), table)
  }

  /**
   * What is under the root, or under a supervisor, in start order; with a server's name, the children of its branch: its keeper and its
   * worker. Throws `NoSuchSupervisorError`, `NoSuchServerError`.
   */
  whichChildren(of?: { readonly supervisor: string }): ChildInfo[]
  whichChildren(server: string): BranchChild[]
  whichChildren(of?: string | { readonly supervisor: string }): ChildInfo[] | BranchChild[] {
    if (typeof of === 'string') return this.runtime.server(of).whichChildren()
    return this.runtime.engine.whichChildren(of?.supervisor)
  }

  /** OTP's `count_children`, of the root, of a supervisor or of a server's branch, by name. */
  countChildren(name?: string): ChildCount {
    const { engine } = this.runtime
    return name === undefined || engine.hasSupervisor(name)
      ? engine.countChildren(name)
      : this.runtime.server(name).countChildren()
  }

  /**
   * Runs `@CodeChange()` of a server on its state, in its turn among the messages; with steps, all from that version on. Rejects with
   * `CodeChangeFailedError`, the state as it was. A stored state of an older version needs no such call: it is upgraded when it is loaded.
   */
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

  /** Green while no server is down and none waits for its store: for a health endpoint. */
  health(): Health {
    return this.runtime.engine.health()
  }
}
