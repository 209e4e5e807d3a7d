import type { ChildSpec } from './child-spec.js'
import { Closing } from './closing.js'
import { AlreadyStartedError } from './errors.js'
import type { DeadLetter, PeeperEvent } from './events.js'
import type { Family } from './keyed/family.js'
import type { Member } from './keyed/member.js'
import type { FamilyOptions } from './keyed/settings.js'
import { Monitor } from './listener/monitor.js'
import type { Observable } from './listener/observable.js'
import type { CallOptions, Ref } from './ref.js'
import type { Down } from './server/bonds.js'
import { badTimeout } from './timeout.js'
import type { Server } from './server/server.js'
import type { ServerOptions } from './server/settings.js'
import { start, type StartOptions } from './starting.js'
import type { ChildCount, ChildInfo } from './supervisor/supervision.js'
import { Supervisor } from './supervisor/supervisor.js'
import type { OrderedTableView } from './tables/table.js'
import { ProtectedTable, type TableOwner } from './tables/protected-table.js'
import { Surroundings, type SurroundingsOptions } from './surroundings.js'
import type { StartSupervisorOptions } from './tree/options.js'
import { Tree, type Health } from './tree/tree.js'
import { targetOf, type RefLike } from './worker/context.js'

/** What an engine is made with: the defaults of its servers, and where time, storage and observers come from. */
export interface EngineOptions extends SurroundingsOptions {
  /** The root of the tree, not started. Default: a `one_for_one` supervisor of its own. */
  readonly supervisor?: Supervisor
}

/**
 * Supervised actors without any framework: names, the root of the tree, the keeper, time and events. In Nest, `PeeperModule` makes one.
 *
 * @example
 * const engine = new Engine()
 * const counter = await engine.start({
 *   name: 'counter',
 *   state: { n: 0 },
 *   callbacks: { call: { inc: (state: { n: number }) => ++state.n } },
 * })
 * await counter.call('inc') // 1
 * await engine.close()
 */
export class Engine {
  private readonly surroundings: Surroundings
  private readonly root: Supervisor
  private readonly tree: Tree
  private readonly closing: Closing

  constructor({ supervisor, ...options }: EngineOptions = {}) {
    this.surroundings = new Surroundings(options)
    this.root = supervisor ?? new Supervisor({ name: 'root', clock: this.surroundings.clock })
    this.tree = new Tree(this.surroundings, this.root)
    this.closing = new Closing(this.surroundings, this.root)
    this.root.start().catch((error: unknown) => {
      if (!(error instanceof AlreadyStartedError)) throw error // it runs already, and will do as it is
    })
  }

  /** What happens to all servers, in order. Hot, bounded, never ends on an error; a subscriber that throws harms nobody. */
  get events$(): Observable<PeeperEvent> {
    return this.surroundings.events.all$
  }

  /** Messages that nobody handled: the last 1 000 first, then those to come. */
  get deadLetters$(): Observable<DeadLetter> {
    return this.surroundings.deadLetters.letters$
  }

  /** Makes a server known, not started: casts to it are buffered, calls are rejected. Throws for bad options or a taken name. */
  declare(options: ServerOptions): Server {
    return this.surroundings.declare(options)
  }

  /**
   * Starts a server, by its options or the name of a declared one. A server that is stopped or down stays known: `start` by its name brings
   * it back, as it was declared and with its state; other options than it was declared with are refused. `reset` discards the kept state
   * first; `state` then takes the place of the one it was declared with. One that was not known and cannot start leaves nothing behind; one
   * that was declared is down.
   *
   * `supervisor` names the one it is started under, `id` it among the children of that, by default by its own name: see
   * {@link startSupervisor}. It stays at its place: brought back, it may be left out.
   *
   * @throws AlreadyStartedError, InitFailedError, BadOptionError, BadNameError, NoSuchSupervisorError, SupervisorDownError,
   * MaxChildrenError, DuplicateChildError, ServerClosingError once the engine closes; NewerStateError, CodeChangeMissingError,
   * CodeChangeFailedError for a stored state of another version
   */
  start(server: ServerOptions | string, options: StartOptions = {}): Promise<Server> {
    return start(this.surroundings, this.tree, server, options)
  }

  /**
   * Declares many servers of one name, each with a key of its own, that start by themselves at their first message. `start` is not for them.
   * Throws for bad options or a taken name.
   *
   * @example
   * const lots = engine.family({ name: 'lot', state: 0, callbacks: { call: { bid: (top: number, by: number) => top + by } } })
   * await lots.for('42').call('bid', 7) // 7
   */
  family(options: FamilyOptions): Family {
    const family = this.declareFamily(options)
    this.open(family)
    return family
  }

  /** @internal Makes a family known, not started: casts to its servers wait, calls are rejected, until {@link open}. */
  declareFamily(options: FamilyOptions): Family {
    return this.surroundings.declareFamily(options)
  }

  /** @internal Opens all stores: one that is not there is found out before the first message. */
  openKeepers(): Promise<void> {
    return this.surroundings.keepers.open()
  }

  /** @internal From now on the servers of this family start. */
  open(family: Family): void {
    const spec: ChildSpec = { id: family.name, create: () => family.branch(), type: 'supervisor' }
    this.root.startChild(spec).catch(() => undefined) // the root has ended: nothing starts any more
  }

  /** A server as a child of a supervisor of your own. */
  child(options: ServerOptions): ChildSpec {
    const { home } = this.declare(options)
    return { id: home.address, create: () => home.branch, restart: 'transient', type: 'supervisor' }
  }

  /** The server of this name, whatever its status; with a key, the one of this key, in memory or not. */
  whereis(name: string): Server | undefined
  whereis(name: string, key: string): Member | undefined
  whereis(name: string, key?: string): Server | Member | undefined {
    const { registry } = this.surroundings
    return key === undefined ? registry.get(name) : registry.family(name)?.for(key)
  }

  /** All but the keyed ones. */
  servers(): Server[] {
    return this.surroundings.registry.named()
  }

  /** By name or `'<name>/<key>'`; `'<name>.GenServer'` is that server's running worker. */
  async call(name: string, message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return this.surroundings.registry.resolve(name).call(message, payload, options)
  }

  cast(name: string, message: string, payload?: unknown): void {
    this.surroundings.post(name, 'cast', message, payload)
  }

  send<M extends string>(name: string, message: M, payload?: unknown): M {
    this.surroundings.post(name, 'info', message, payload)
    return message
  }

  /** A server, a keyed one by `'<name>/<key>'`, or the running worker `'<name>.GenServer'`. Throws `NoSuchServerError`. */
  resolve(name: string): Ref {
    return this.surroundings.registry.resolve(name)
  }

  /**
   * A table of a server, to be read by others: what of it is committed, at the moment of each reading. It has to be `access: 'protected'`.
   * Values are frozen, or copies. After a restart of the process it is there once its server has opened it again; of a keyed server, while that
   * is in memory.
   *
   * @throws NoSuchServerError, NoSuchTableError; later readings, too, when it is no more
   */
  table<K = unknown, V = unknown>(server: string, table: string): OrderedTableView<K, V> {
    const { registry } = this.surroundings
    const owner = (): TableOwner => registry.here(server).home.commits
    return new ProtectedTable(owner, table) as unknown as OrderedTableView<K, V>
  }

  /**
   * Watches the life of a server that runs now, by the server's name (or `'<name>.GenServer'`), `Ref` or worker: tells once when it ends,
   * whether it crashed, exited or was stopped. The reason is passed as it is. If none runs, at once with `{ shutdown: 'noproc' }`.
   * OTP's `Process.monitor/1`; in a handler use `ctx.monitor`.
   *
   * @example
   * const monitor = engine.monitor('counter')
   * monitor.down$.subscribe(({ worker, reason }) => console.log(worker, reason))
   */
  monitor(ref: RefLike): Monitor<Down> {
    const target = targetOf(ref, 'monitor')
    return new Monitor<Down>(
      told => this.surroundings.bonds.monitor(target, told),
      error => {
        this.surroundings.emit({ type: 'error', server: '', where: 'subscriber of down$', error })
      },
    )
  }

  /**
   * Starts a supervisor and its children, in their order: under `supervisor`, or under the root. Use one where servers belong together:
   * what spends its own restart budget is then restarted by it, with its siblings as `strategy` says, and when its budget is spent too it
   * ends its children in reverse order and exits to its parent. Under the root it is down then, and its servers with it, their states kept;
   * `restartChild('root', name)` brings all back. A supervisor that cannot start leaves nothing behind. OTP's `supervisor:start_link`.
   *
   * Gotcha: a supervisor that restarts starts all children it has, also those that were added at run time or had ended; in OTP the added
   * ones are lost.
   *
   * @example
   * await engine.startSupervisor({ name: 'shop', strategy: 'rest_for_one', maxRestarts: 3, maxSeconds: 5 })
   * await engine.start({ name: 'stock', state: 0, callbacks: {} }, { supervisor: 'shop' })
   * @throws BadOptionError, BadNameError, AlreadyStartedError for a taken name, NoSuchSupervisorError, SupervisorDownError,
   * MaxChildrenError, DuplicateChildError, InitFailedError, ServerClosingError
   */
  startSupervisor(options: StartSupervisorOptions): Promise<void> {
    return this.tree.startSupervisor(options)
  }

  /**
   * Ends a child of a supervisor (`'root'` is the one at the top) by its id, with what is under it, and keeps it known for
   * {@link restartChild}. What is queued is not served: `stop` of a server does that. OTP's `terminate_child`.
   *
   * @throws NoSuchSupervisorError, NoSuchServerError if it has no such child
   */
  terminateChild(supervisor: string, id: string): Promise<void> {
    return this.tree.terminateChild(supervisor, id)
  }

  /**
   * Starts a child again that was terminated, ended or gave up, with its state; a supervisor with all its children. One that runs goes on.
   *
   * @throws NoSuchSupervisorError, NoSuchServerError, SupervisorDownError, MaxChildrenError, InitFailedError
   */
  restartChild(supervisor: string, id: string): Promise<void> {
    return this.tree.restartChild(supervisor, id)
  }

  /**
   * Forgets a child that does not run, and what is under it: its name is free again. Kept states stay in the keeper.
   *
   * @throws NoSuchSupervisorError, NoSuchServerError, BadOptionError while it runs
   */
  deleteChild(supervisor: string, id: string): void {
    this.tree.deleteChild(supervisor, id)
  }

  /**
   * Moves a server to another supervisor (`'root'` is the one at the top) while it runs: nothing is restarted. Its state, tables and
   * dictionary, what waits in its mailbox, its timers, monitors and listeners, its options and the restarts it has left go with it, under the
   * same name; its clients notice nothing. From then on it is the last child of its new parent, by the `id` it had (under the root its name),
   * and what spends its restart budget counts there. One that does not run moves its place: `start` brings it back under its new parent. To
   * where it is already nothing is done. Elixir's `Peeper.transfer/4`.
   *
   * While it is being started, restarted or ended, with its supervisor or alone, the move waits for that: awaited in its own `init` it would
   * wait for itself. A move that fails has changed nothing.
   *
   * @example
   * await engine.transfer('cart', 'root', 'shop')
   * engine.whichChildren('shop').at(-1)?.id // 'cart'
   * @throws NoSuchServerError, NoSuchSupervisorError, NotAChildError if it is under another supervisor, SupervisorDownError, MaxChildrenError,
   * DuplicateChildError, ServerNotStartedError, BadOptionError for a supervisor or a keyed server, ServerClosingError
   */
  transfer(name: string, fromSupervisor: string, toSupervisor: string): Promise<void> {
    return this.tree.transfer(name, fromSupervisor, toSupervisor)
  }

  /** The children of a supervisor, in start order; without a name, those of the root. Throws `NoSuchSupervisorError`. */
  whichChildren(supervisor?: string): ChildInfo[] {
    return this.tree.find(supervisor).whichChildren()
  }

  /** OTP's `count_children`; without a name, of the root. Throws `NoSuchSupervisorError`. */
  countChildren(supervisor?: string): ChildCount {
    return this.tree.find(supervisor).countChildren()
  }

  /** Is this the name of a supervisor? The root is one. */
  hasSupervisor(name: string): boolean {
    return this.tree.has(name)
  }

  /** Green while no server and no supervisor is down, and no server waits for its store. */
  health(): Health {
    return this.tree.health
  }

  /**
   * Closes the door to outsiders, and resolves when all that was accepted, and all that descends from it, is served and committed, or after
   * `timeout` ms (default 10 000).
   *
   * @throws BadOptionError
   */
  drain(timeout = 10_000): Promise<void> {
    const problem = badTimeout('drain', timeout)
    return problem !== undefined ? Promise.reject(problem) : this.closing.drain(timeout)
  }

  /**
   * Drains, ends every server (`@Terminate` runs), the last started first, and closes the keepers. Rejects if a keeper's `close` does; all is
   * closed then all the same.
   *
   * @throws BadOptionError
   */
  close(timeout = 10_000): Promise<void> {
    const problem = badTimeout('close', timeout)
    return problem !== undefined ? Promise.reject(problem) : this.closing.close(timeout)
  }
}
