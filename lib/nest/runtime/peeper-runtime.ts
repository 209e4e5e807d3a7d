import type { Type } from '@nestjs/common'
import type { Clock, Timer } from '../../engine/clock.js'
import type { Engine } from '../../engine/engine.js'
import type { StartOptions as EngineStartOptions } from '../../engine/starting.js'
import type { Family } from '../../engine/keyed/family.js'
import type { KeyedOptions } from '../../engine/keyed/settings.js'
import { AlreadyStartedError, BadOptionError, NoSuchServerError } from '../../engine/errors.js'
import type { Server } from '../../engine/server/server.js'
import { withDefaults } from '../../engine/server/settings.js'
import type { SupervisorStart } from '../../engine/tree/options.js'
import type { Explorer, FoundServer } from '../discovery/explorer.js'
import { reachesServers } from '../discovery/reach.js'
import { checkSingleton } from '../discovery/singleton.js'
import { NotProvidedError } from '../errors.js'
import { serverNameOf, serverOf, type ServerRef } from '../metadata.js'
import {
  startOptionsOf,
  type PeeperModuleOptions,
  type PeeperServerOptions,
  type StartOptions,
} from '../options.js'
import type { CrashLog } from './crash-log.js'
import { checkListeners, listenersOf } from './listening.js'
import type { Log } from './log.js'
import { watchShutdownHooks } from './shutdown-hooks.js'
import type { Runtime } from './runtime.js'
import { forestOf } from './supervising.js'

/** What the runtime is made of. */
export interface RuntimeParts {
  readonly engine: Engine
  readonly explorer: Explorer
  readonly clock: Clock
  readonly log: Log
  readonly crashLog: CrashLog
  readonly options: PeeperModuleOptions
}

/** The servers of an application: found among its providers, started with it, ended with it. OTP: an application and its supervision tree. */
export class PeeperRuntime implements Runtime {
  private readonly found = new Map<string, FoundServer>()
  private readonly families = new Map<string, Family>()
  private readonly features = new Set<Type>()
  private injected = false
  private forest: readonly SupervisorStart[] = []
  private watch: Timer | undefined = undefined

  constructor(private readonly parts: RuntimeParts) {}

  /** The engine, with all servers declared that are known by now. */
  get engine(): Engine {
    if (!this.injected) this.discover()
    return this.parts.engine
  }

  /** @throws NoSuchServerError */
  server(name: string): Server {
    const server = this.engine.whereis(name)
    if (server === undefined) throw new NoSuchServerError(name)
    return server
  }

  /** Keyed servers. @throws NoSuchServerError */
  family(name: string): Family {
    if (!this.injected) this.discover()
    const family = this.families.get(name)
    if (family === undefined) throw new NoSuchServerError(name, 'Register its class as a provider.')
    return family
  }

  /** The name of the keyed servers of a class. @throws NotAServerError, NotProvidedError, BadOptionError */
  keyedName(server: ServerRef, asked: string): string {
    const { engine } = this
    const name = typeof server === 'string' ? server : this.find(server, asked).name
    if (engine.whereis(name) !== undefined)
      throw new BadOptionError(asked, 'server', name, 'a keyed one: @PeeperServer({ keyed: true })')
    return this.family(name).name
  }

  cast(name: string, message: string, payload: unknown): void {
    this.engine.cast(name, message, payload)
  }

  send(name: string, message: string, payload: unknown): void {
    this.engine.send(name, message, payload)
  }

  /** A class whose client is injected somewhere. */
  feature(target: Type): void {
    this.features.add(target)
  }

  /** All instances are there: what can only be checked now is. */
  complete(): void {
    this.discover()
    this.injected = true
    const { explorer } = this.parts
    explorer.complete()
    for (const { provider, target } of this.found.values())
      if (provider !== undefined) checkSingleton(provider, target)
    checkListeners(explorer)
    for (const target of this.features) this.find(target, 'PeeperModule.forFeature()')
    this.forest = forestOf({
      supervisors: [...(this.parts.options.supervisors ?? []), ...explorer.supervisors()],
      hasServer: name => this.found.has(name),
      isKeyed: name => this.families.has(name),
    })
  }

  /** Starts what is declared: supervisors with their children, then all other servers in the order of the providers. One that cannot start fails the application's start. */
  async start(): Promise<void> {
    const { engine, clock, log } = this.parts
    try {
      await engine.openKeepers() // keyed servers start later: a store that is not there would be found out by the first message
      for (const family of this.families.values()) engine.open(family)
      for (const supervisor of this.forest) await engine.startSupervisor(supervisor)
      for (const server of engine.servers()) if (server.home.status === 'new') await engine.start(server.name)
    } catch (error) {
      await this.close()
      throw error
    }
    this.watch = watchShutdownHooks(clock, log)
  }

  /** Serves what was accepted, ends all servers, flushes the keeper. */
  async close(): Promise<void> {
    const { engine, crashLog, options } = this.parts
    this.watch?.cancel()
    await engine.close(options.shutdownTimeout)
    crashLog.end()
  }

  /** One more server of a class, or one that has ended again. */
  async startServer(target: Type, given: unknown): Promise<Server> {
    const { engine } = this
    const options = startOptionsOf(given)
    const found = this.find(target, 'peeper.start()')
    if (this.families.has(found.name))
      throw new BadOptionError(
        'peeper.start()',
        'server',
        found.name,
        'one that is not keyed: those start by themselves, see peeper.clients()',
      )
    const name = options.name ?? found.name
    const known = engine.whereis(name)
    if (known === undefined) {
      const { reset, supervisor, id, significant, ...own } = options
      this.declare({ ...found, name }, own)
      return engine.start(name, { reset, supervisor, id, significant })
    }
    const { status, hasEnded } = known.home
    if (this.found.get(name)?.target !== found.target || (status !== 'new' && !hasEnded))
      throw new AlreadyStartedError(name)
    return engine.start(name, againOf(name, given === undefined ? {} : options))
  }

  // Until injection is done there may be more to come: a factory that has not run yet.
  private discover(): void {
    for (const server of this.parts.explorer.servers())
      if (!this.found.has(server.name)) this.declare(server, {})
    for (const target of this.features) {
      const { name, isolation = 'inline' } = serverOf(target) ?? {}
      if (name !== undefined && isolation !== 'inline' && !this.found.has(name))
        this.declare(this.parts.explorer.elsewhere(target), {})
    }
  }

  private declare(found: FoundServer, own: StartOptions): void {
    const { engine, explorer, options } = this.parts
    const { name, callbacks, declared, provider } = found
    const { keyed, listener, idle, maxResident, maxWaiting, ...settings } = withDefaults<PeeperServerOptions>(
      declared,
      own,
    )
    const given = {
      ...settings,
      ...('state' in own ? { state: own.state } : {}), // `undefined` is a state like any other
      name,
      callbacks,
      reaches: provider === undefined || reachesServers(provider),
      hostedAs: declared.name,
      listener: listenersOf(found, listener, options.listener, explorer),
    }
    const places = { idle, maxResident, maxWaiting }
    if (checkKeyed(name, keyed, places))
      this.families.set(name, engine.declareFamily({ ...given, ...places }))
    else engine.declare(given)
    this.found.set(name, found)
  }

  private find(target: Type, asked: string): FoundServer {
    const name = serverNameOf(target, asked)
    const found = this.found.get(name)
    if (found === undefined) throw new NotProvidedError(target, asked)
    return found
  }
}

/** Is it keyed? Throws for what only a keyed one can have. */
const checkKeyed = (server: string, keyed: unknown, places: KeyedOptions): boolean => {
  const where = `server '${server}'`
  if (keyed !== undefined && typeof keyed !== 'boolean')
    throw new BadOptionError(where, 'keyed', keyed, 'true or false')
  if (keyed === true) return true
  for (const [option, value] of Object.entries(places))
    if (value !== undefined)
      throw new BadOptionError(where, option, value, 'left out, or { keyed: true } given')
  return false
}

/** What may be said at the start of a server that is there already: it lives as it was declared. */
const againOf = (server: string, options: StartOptions): EngineStartOptions => {
  const { name: _, reset, supervisor, id, significant, ...rest } = options
  const { state: __, ...others } = rest
  for (const [option, value] of Object.entries(others))
    throw new BadOptionError(
      `the start that brings '${server}' back`,
      option,
      value,
      'left out: it lives as it was declared. Give { state }, { reset }, or another { name }',
    )
  const place = { reset, supervisor, id, significant }
  return 'state' in rest ? { ...place, state: rest.state } : place
}
