import { AsyncResource } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { ChildSpec } from './child-spec.js'
import { systemClock, type Clock } from './clock.js'
import { Data } from './data/data.js'
import { Deadlines } from './deadlines.js'
import { AlreadyStartedError, BadOptionError, NoSuchServerError, ServerClosingError } from './errors.js'
import type { DeadLetter, PeeperEvent } from './events.js'
import { Intake } from './intake.js'
import type { Keeper } from './keeper/keeper.js'
import { memoryKeeper } from './keeper/memory-keeper.js'
import { DeadLetters, DEAD_LETTERS } from './listener/dead-letters.js'
import { Events } from './listener/events.js'
import type { Listener } from './listener/listener.js'
import type { Observable } from './listener/observable.js'
import { Delivery } from './mailbox/delivery.js'
import type { CallOptions, Ref } from './ref.js'
import { Registry } from './registry.js'
import { Blueprints } from './server/blueprints.js'
import type { CrashInjector, Environment } from './server/environment.js'
import { exemplars } from './server/exemplars.js'
import { firstStateOf } from './server/first-state.js'
import { badTimeout } from './server/sending.js'
import { Server } from './server/server.js'
import type { ServerDefaults, ServerOptions } from './server/settings.js'
import type { ChildCount, ChildInfo } from './supervisor/supervision.js'
import { Supervisor } from './supervisor/supervisor.js'
import { within } from './within.js'

/** What an engine is made with: the defaults of its servers, and where time, storage and observers come from. */
export interface EngineOptions extends ServerDefaults {
  /** Default: `memoryKeeper()`. */
  readonly keeper?: Keeper
  /** Default: the process's own time. */
  readonly clock?: Clock
  /** Told of every server. */
  readonly listener?: Listener | readonly Listener[]
  /** Hears each event first, as a logger does. */
  readonly onEvent?: (event: PeeperEvent) => void
  /** Throws where a test wants a crash; see `crashInjector` of `nestjs-peeper/testing`. */
  readonly injectCrash?: CrashInjector
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
  /** @internal */
  readonly exemplars = exemplars
  private readonly registry = new Registry()
  private readonly intake = new Intake()
  private readonly root: Supervisor
  private readonly events: Events
  private readonly deadLetters: DeadLetters
  private readonly environment: Environment
  private readonly keepers = new Set<Keeper>()
  private draining: Promise<void> | undefined = undefined
  private closing: Promise<void> | undefined = undefined

  constructor(options: EngineOptions = {}) {
    const { clock = systemClock, listener = [], onEvent, injectCrash, supervisor, ...defaults } = options
    const id = randomUUID().slice(0, 8)
    const origin = new AsyncResource('Peeper', { requireManualDestroy: true })
    let tokens = 0
    const emit = (event: PeeperEvent): void => {
      this.events.emit(event)
    }
    this.events = new Events(onEvent)
    this.deadLetters = new DeadLetters(
      error => {
        emit({ type: 'error', server: '', where: 'subscriber of deadLetters$', error })
      },
      ({ server }) => {
        emit({ type: 'overload', server, what: 'dead letters', limit: DEAD_LETTERS })
      },
    )
    const delivery = new Delivery()
    this.environment = {
      clock,
      deadlines: new Deadlines(clock),
      intake: this.intake,
      apart: work => origin.runInAsyncScope(work),
      keeper: defaults.keeper ?? memoryKeeper(),
      blueprints: new Blueprints(defaults),
      listeners: [listener].flat(),
      injectCrash,
      nextId: () => `${id}.${(tokens += 1)}`,
      deliver: envelope => {
        delivery.deliver(envelope)
      },
      emit,
      eventsOf: address => this.events.of(address),
      deadLetter: letter => {
        this.deadLetters.add(letter)
      },
      answer: (from, value) => {
        this.registry.get(from.server)?.home.answer(from, value)
      },
      forget: address => {
        this.registry.remove(address)
      },
    }
    this.keepers.add(this.environment.keeper)
    this.root = supervisor ?? new Supervisor({ name: 'root', clock })
    this.root.start().catch((error: unknown) => {
      if (!(error instanceof AlreadyStartedError)) throw error // it runs already, and will do as it is
    })
  }

  /** What happens to all servers, in order. Hot, bounded, never ends on an error; a subscriber that throws harms nobody. */
  get events$(): Observable<PeeperEvent> {
    return this.events.all$
  }

  /** Messages that nobody handled: the last 1 000 first, then those to come. */
  get deadLetters$(): Observable<DeadLetter> {
    return this.deadLetters.letters$
  }

  /** Makes a server known, not started: casts to it are buffered, calls are rejected. Throws for bad options or a taken name. */
  declare(options: ServerOptions): Server {
    const server = new Server(this.environment, options)
    this.registry.add(server)
    if (options.keeper !== undefined) this.keepers.add(options.keeper)
    return server
  }

  /**
   * Starts a server, by its options or the name of a declared one. A server that is stopped or down stays known: `start` by its name brings
   * it back, as it was declared and with its state; other options than it was declared with are refused. `reset` discards the kept state
   * first; `state` then takes the place of the one it was declared with. One that was not known and cannot start leaves nothing behind; one
   * that was declared is down.
   *
   * @throws AlreadyStartedError, InitFailedError, BadOptionError, BadNameError, ServerClosingError once the engine closes
   */
  async start(
    server: ServerOptions | string,
    { reset = false, ...again }: { readonly reset?: boolean; readonly state?: unknown } = {},
  ): Promise<Server> {
    const name = typeof server === 'string' ? server : server.name
    if (this.intake.refuses()) throw new ServerClosingError(name)
    const known = this.registry.get(name)
    const found = known ?? (typeof server === 'string' ? undefined : this.declare(server))
    if (found === undefined) throw new NoSuchServerError(name)
    const { home } = found
    if (home.status !== 'new' && !home.hasEnded) throw new AlreadyStartedError(name)
    if (typeof server !== 'string' && home.options !== server)
      throw new BadOptionError(
        `start of '${name}'`,
        'server',
        'not what it was declared with',
        `its name, for it lives as it was declared: start('${name}')`,
      )
    try {
      if ('state' in again) home.firstState = firstStateOf(again.state, home.data, home.address)
      if (reset) await home.commits.reset()
      if (this.root.hasChild(home.address)) await this.root.terminateChild(home.address) // it has ended, and the root is yet to hear of it
      await this.root.startChild(childOf(found, 'temporary'))
    } catch (error) {
      if (known === undefined) this.forgetUnlessStarted(found)
      throw error
    }
    return found
  }

  /** A server as a child of a supervisor of your own. */
  child(options: ServerOptions): ChildSpec {
    return childOf(this.declare(options), 'transient')
  }

  /** The server of this name, whatever its status. */
  whereis(name: string): Server | undefined {
    return this.registry.get(name)
  }

  servers(): Server[] {
    return this.registry.all()
  }

  /** By name; `'<name>.GenServer'` is that server's running worker. */
  async call(name: string, message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return this.registry.resolve(name).call(message, payload, options)
  }

  cast(name: string, message: string, payload?: unknown): void {
    this.post(name, 'cast', message, payload)
  }

  send<M extends string>(name: string, message: M, payload?: unknown): M {
    this.post(name, 'info', message, payload)
    return message
  }

  /** A server, or the running worker `'<name>.GenServer'`. Throws `NoSuchServerError`. */
  resolve(name: string): Ref {
    return this.registry.resolve(name)
  }

  /** The servers under the root. */
  whichChildren(): ChildInfo[] {
    return this.root.whichChildren()
  }

  countChildren(): ChildCount {
    return this.root.countChildren()
  }

  /** Green while no server is down. */
  health(): { readonly healthy: boolean; readonly down: readonly string[] } {
    const down = this.servers().flatMap(({ home }) => (home.status === 'down' ? [home.address] : []))
    return { healthy: down.length === 0, down }
  }

  /**
   * Closes the door to outsiders, and resolves when all that was accepted, and all that descends from it, is served and committed, or after
   * `timeout` ms (default 10 000).
   *
   * @throws BadOptionError
   */
  drain(timeout = 10_000): Promise<void> {
    const problem = badTimeout('drain', timeout)
    return problem !== undefined ? Promise.reject(problem) : (this.draining ??= this.drainAll(timeout))
  }

  /**
   * Drains, ends every server (`@Terminate` runs), the last started first, and closes the keepers. Rejects if a keeper's `close` does; all is
   * closed then all the same.
   *
   * @throws BadOptionError
   */
  close(timeout = 10_000): Promise<void> {
    const problem = badTimeout('close', timeout)
    return problem !== undefined ? Promise.reject(problem) : (this.closing ??= this.closeAll(timeout))
  }

  private async drainAll(timeout: number): Promise<void> {
    this.intake.close(this.servers().flatMap(({ home }) => home.life?.currentTurn() ?? []))
    const drained = async (): Promise<void> => {
      while (this.servers().some(({ home }) => !home.isDrained))
        await Promise.all(this.servers().map(server => server.drained()))
    }
    await within(this.environment.clock, timeout, drained(), () => new DrainTimeout()).catch(
      (error: unknown) => {
        if (!(error instanceof DrainTimeout)) throw error
      },
    )
  }

  private async closeAll(timeout: number): Promise<void> {
    await this.drain(timeout)
    this.intake.lock()
    await this.root.stop('shutdown')
    const flushed = [...this.keepers].map(async keeper => keeper.close?.())
    await Promise.allSettled(flushed)
    this.events.end()
    this.deadLetters.end()
    for (const { home } of this.servers()) home.listeners.end()
    await Promise.all(flushed)
  }

  // It was not known before: nothing tells of it after. Unless somebody is bringing it back already, or stopped it.
  private forgetUnlessStarted(server: Server): void {
    const { name, home } = server
    if (this.registry.get(name) !== server || (home.status !== 'new' && home.status !== 'down')) return
    this.registry.remove(name)
    home.listeners.end()
  }

  private post(name: string, kind: 'cast' | 'info', message: string, payload: unknown): void {
    try {
      const ref = this.registry.resolve(name)
      if (kind === 'cast') ref.cast(message, payload)
      else ref.send(message, payload)
    } catch (reason) {
      if (!(reason instanceof NoSuchServerError)) throw reason
      this.deadLetters.add({ server: name, kind, message, payload: new Data().copy(payload), reason })
    }
  }
}

class DrainTimeout extends Error {}

const childOf = ({ home }: Server, restart: 'temporary' | 'transient'): ChildSpec => ({
  id: home.address,
  create: () => home.branch,
  restart,
  type: 'supervisor',
})
