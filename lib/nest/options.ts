import type { LoggerService, LogLevel, Type } from '@nestjs/common'
import type { Clock } from '../engine/clock.js'
import { BadOptionError } from '../engine/errors.js'
import type { IsolationOptions } from '../engine/isolation/isolation.js'
import type { ServerIsolation } from '../engine/isolation/level.js'
import type { KeyedOptions } from '../engine/keyed/settings.js'
import type { Keeper } from '../engine/keeper/keeper.js'
import type { Listener } from '../engine/listener/listener.js'
import type { ServerPlace, SupervisorStart } from '../engine/tree/options.js'
import type { ReminderOptions } from '../engine/alarm.js'
import { badTimeout } from '../engine/timeout.js'
import { SERVER_OPTION_NAMES, type ServerDefaults } from '../engine/server/settings.js'

/** A listener, or the class of a provider that is one. */
export type ListenerRef = Listener<never> | Type<Listener<never>>

/**
 * What `@PeeperServer()` takes: `ServerDefaults`, which override those of `forRoot`, and what is this server's own.
 *
 * @example
 * @PeeperServer({ name: 'counter', state: { n: 0 }, maxRestarts: 10, maxSeconds: 1 })
 */
export interface PeeperServerOptions extends ServerDefaults, KeyedOptions {
  /** Default: the class's name. No `/`, no ending in `.GenServer`. */
  readonly name?: string
  /** What `@Init` gets at the first start; the first state itself if there is no `@Init`, or it returns none. */
  readonly state?: unknown
  /** The version of the state that this class keeps: what an older one stored is upgraded by `@CodeChange()`. Default 1. */
  readonly version?: number
  /** Told of this server's committed changes and ends: objects, or classes of providers. */
  readonly listener?: ListenerRef | readonly ListenerRef[]
  /**
   * Many servers of this class, each with a key of its own: `@InjectPeeper(Lot) lots: PeeperClients<Lot>`. One starts by itself at its first message,
   * leaves memory when it is idle, and comes back with its state. Default false.
   */
  readonly keyed?: boolean
  /**
   * Where its handlers run; with other than `'inline'` a crash, an endless loop or the end of all memory in them harms nobody else. `forRoot` has to be told
   * the entry file: see `peeperWorker`. The class needs no provider on the main side: `forFeature` declares it. Default `'inline'`.
   */
  readonly isolation?: ServerIsolation
}

/**
 * A child of a declared supervisor: the class of a server or of a supervisor, or the name of one; a server with its place; or a supervisor
 * that is declared right here.
 */
export type ChildRef =
  | Type
  | string
  | (Omit<ServerPlace, 'supervisor'> & { readonly server: Type | string })
  | (PeeperSupervisorOptions & { readonly name: string })

/**
 * What `@PeeperSupervisor()` takes, and `supervisors` of `forRoot`.
 *
 * @example
 * PeeperModule.forRoot({ supervisors: [{ name: 'shop', strategy: 'rest_for_one', children: [Stock, Cart] }] })
 */
export interface PeeperSupervisorOptions extends Omit<SupervisorStart, 'name' | 'children'> {
  /** Default: the class's name. No server and no other supervisor may have it. */
  readonly name?: string
  /** They start in this order and end in the reverse one. Each has one parent. */
  readonly children?: readonly ChildRef[]
}

/**
 * What `PeeperModule.forRoot()` takes: the defaults of every server, and where storage, time and the log are.
 *
 * @example
 * PeeperModule.forRoot({ maxRestarts: 1_000, maxSeconds: 10, logLevel: 'warn' })
 */
export interface PeeperModuleOptions extends ServerDefaults {
  /** Holds the states of all servers that name no other. Default `memoryKeeper()`. */
  readonly keeper?: Keeper
  /** More keepers, by the names that servers ask for them: `@PeeperServer({ keeper: 'archive' })`. */
  readonly keepers?: Readonly<Record<string, Keeper>>
  /** Told of every server: objects, or classes of providers. */
  readonly listener?: ListenerRef | readonly ListenerRef[]
  /** Where crashes are logged; `false` for nowhere. Default: Nest's own logger. */
  readonly logger?: LoggerService | false
  /** The level of a crash in the log. Default `'error'`. */
  readonly logLevel?: LogLevel
  /** Default: the process's own time. */
  readonly clock?: Clock
  /** Threads and processes, for servers that say `isolation`. */
  readonly isolation?: IsolationOptions
  /** How keyed servers that are not in memory are woken for their reminders. */
  readonly reminders?: ReminderOptions
  /** ms that accepted messages are served at `app.close()`. Default 10 000. */
  readonly shutdownTimeout?: number
  /** Supervisors between the root and the servers, beside those under `@PeeperSupervisor()`. Default none: all servers are under the root. */
  readonly supervisors?: readonly (PeeperSupervisorOptions & { readonly name: string })[]
}

const LOG_LEVELS: readonly LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal']

/** The options of `forRoot` that no server has; those that one has are checked with it. Throws `BadOptionError`. */
export const checkModuleOptions = ({
  logLevel = 'error',
  shutdownTimeout = 0,
}: PeeperModuleOptions): void => {
  const where = 'PeeperModule.forRoot()'
  const problem = badTimeout(where, shutdownTimeout, 'shutdownTimeout')
  if (problem !== undefined) throw problem
  if (!LOG_LEVELS.includes(logLevel))
    throw new BadOptionError(where, 'logLevel', logLevel, `one of ${LOG_LEVELS.join(', ')}`)
}

/**
 * What `peeper.start` takes beside a bare state: every option of the class, for the server that is started here.
 *
 * @example
 * await peeper.start(Counter, { name: 'second', state: { n: 10 } })
 */
export interface StartOptions extends Omit<PeeperServerOptions, keyof KeyedOptions | 'keyed'>, ServerPlace {
  /** Discards the kept state of a server that is brought back. Default false. */
  readonly reset?: boolean
}

const { callbacks: _, reaches: __, hostedAs: ___, ...OWN_NAMES } = SERVER_OPTION_NAMES
const OPTION_NAMES: Readonly<Record<Exclude<keyof StartOptions, keyof KeyedOptions | 'keyed'>, true>> = {
  ...OWN_NAMES,
  reset: true,
  supervisor: true,
  id: true,
  significant: true,
}

/**
 * Options, or a bare state? A plain object is options if it has a field and every field is named like an option; all else is a state. So
 * `{ state: 1 }` starts with the state 1, and a state that looks like options is given as `{ state: thatState }`. `id` and `significant` are
 * options beside `supervisor` only: a state may well have an id.
 */
export const startOptionsOf = (given: unknown): StartOptions => {
  if (typeof given !== 'object' || given === null) return { state: given }
  const prototype = Object.getPrototypeOf(given) as object | null
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  const fields = Reflect.ownKeys(given)
  const hasPlace = fields.includes('supervisor') || !(fields.includes('id') || fields.includes('significant'))
  const isOptions =
    isPlain && hasPlace && fields.length > 0 && fields.every(field => Object.hasOwn(OPTION_NAMES, field))
  return isOptions ? given : { state: given }
}
