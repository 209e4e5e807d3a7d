import type { AutoShutdown, Shutdown } from '../child-spec.js'
import type { DeclaredType } from '../data/types.js'
import type { Restart } from '../exit.js'
import { checkName } from '../identity.js'
import type { Isolated, ServerIsolation } from '../isolation/level.js'
import type { Keeper } from '../keeper/keeper.js'
import type { Listener } from '../listener/listener.js'
import type { RequestOptions } from '../requests/requests.js'
import type { Strategy } from '../supervisor/strategy.js'
import type { Callbacks } from '../worker/callbacks.js'
import type { Refusal } from '../worker/program.js'
import { isList, OptionCheck } from './option-check.js'

/** What happens to queued messages at a crash: the next worker gets them (`'keep'`), or they are dropped as in OTP. */
export interface MailboxOptions {
  /** Messages that may wait. Default 10 000. */
  readonly limit?: number
  /** Default `'keep'`. */
  readonly onCrash?: 'keep' | 'drop'
}

/** How patiently `init` is tried. Counted apart from the restart window. */
export interface InitOptions {
  /** ms for one try. Default 5 000; `Infinity` for no limit. */
  readonly timeout?: number
  /** Tries after the first, with exponential backoff and jitter. Default 5. */
  readonly retries?: number
}

/**
 * How a server lives: what Elixir's Peeper and `GenServer.start_link` take, and what is ours. Every one may be given for all servers, for a
 * class, and at `start`.
 */
export interface ServerDefaults {
  /** Default `'permanent'`. */
  readonly restart?: Restart
  /** Of this server's own branch. Default `'one_for_one'`. */
  readonly strategy?: Strategy
  /** Restarts allowed within `maxSeconds`. Default 1 000. */
  readonly maxRestarts?: number
  /** Seconds. Default 10. */
  readonly maxSeconds?: number
  /** Does the end of the worker end the branch, and with it the name? Default `'never'`. */
  readonly autoShutdown?: AutoShutdown
  /** ms that `@Terminate` may take. Default 5 000. */
  readonly shutdown?: Shutdown
  /** GenServer's name for `init.timeout`: ms that a start may take. */
  readonly timeout?: number
  /** After so many idle ms, what can be freed is freed. A hint. Default never. */
  readonly hibernateAfter?: number
  /** Is the end of a linked life, or an `exit` other than `'kill'`, a message, the info `'EXIT'`, instead of an end of its own? See `ctx.link`. Default false. */
  readonly trapExit?: boolean
  /** Emits a `trace` event for each message. Default false. */
  readonly debug?: boolean
  readonly mailbox?: MailboxOptions
  readonly init?: InitOptions
  /** What is remembered of calls with an `id`. Default 1 000 of them, for a day. */
  readonly requests?: RequestOptions
  /** Classes that instances of are kept as they are: those of all servers and a server's own. */
  readonly types?: readonly DeclaredType[]
  /** Errors that refuse when thrown, instead of crashing: those of all servers and a server's own. Default none; in Nest `[HttpException]`. */
  readonly refuses?: readonly Refusal[]
  /** The keeper itself, or the name of one of `keepers`. Default: that of all servers. */
  readonly keeper?: Keeper | string
  /** ms that the store may take to answer a commit or a load; then it counts as failed, and it is not known whether it happened. Default 10 000. */
  readonly commitTimeout?: number
  /**
   * When is a caller answered: once the keeper has what his message changed, or at once (`'write-behind'`)? Then a crash of the process, or a store that
   * fails, loses what was acknowledged in the last moments; see docs/durability.md. Default `'reply-after-commit'`.
   */
  readonly durability?: 'reply-after-commit' | 'write-behind'
  /** With `'write-behind'`: messages that may be answered and not be kept yet; then replies wait. Default 1 000. */
  readonly maxBehind?: number
  /** With `'write-behind'`: ms that the oldest of them may wait to be kept; then replies wait. Default 1 000. */
  readonly maxBehindMs?: number
}

/** What a server is started with. */
export interface ServerOptions extends ServerDefaults {
  readonly name: string
  readonly callbacks: Callbacks
  /** What `init` gets at the first start, and the first state if it returns none. */
  readonly state?: unknown
  readonly listener?: Listener | readonly Listener[]
  /** The version of the state that these callbacks keep: what an older one stored is upgraded by `codeChange`. Default 1. */
  readonly version?: number
  /**
   * Do its handlers call other servers, or itself by another way than `ctx.self`? Then a call that closes a cycle of servers that wait for
   * each other is rejected with `CallCycleError`, instead of waiting for its timeout. Costs an AsyncLocalStorage, which slows every `await` of
   * the process: say it where it is true. Default false; in Nest it is found out from what the class injects.
   */
  readonly reaches?: boolean
  /**
   * Where its handlers run: in this thread, in another or in another process, which may hang or end, by `process.exit()` say, without harm to this one.
   * Then its servers are started again, each with its state. The engine has to be told what runs there: see `IsolationOptions`. Default `'inline'`.
   */
  readonly isolation?: ServerIsolation
  /** The name that its callbacks are hosted under where it is isolated. Default: its own. */
  readonly hostedAs?: string
}

/** The options of a server with nothing left open. */
export interface Settings {
  readonly restart: Restart
  readonly strategy: Strategy
  readonly maxRestarts: number
  readonly maxSeconds: number
  readonly autoShutdown: AutoShutdown
  readonly shutdown: Shutdown
  readonly hibernateAfter: number
  readonly trapExit: boolean
  readonly debug: boolean
  readonly mailboxLimit: number
  readonly dropOnCrash: boolean
  readonly initTimeout: number
  readonly initRetries: number
  readonly maxRequests: number
  readonly maxRequestAge: number
  readonly types: readonly DeclaredType[]
  readonly refuses: readonly Refusal[]
  readonly listeners: readonly Listener[]
  readonly version: number
  readonly reaches: boolean
  readonly isolation: Isolated
  readonly commitTimeout: number
  readonly writesBehind: boolean
  readonly maxBehind: number
  readonly maxBehindMs: number
}

/** Every option of a server: a name that is not here is a slip of the pen. */
export const SERVER_OPTION_NAMES: Readonly<Record<keyof ServerOptions, true>> = {
  name: true,
  callbacks: true,
  state: true,
  listener: true,
  version: true,
  reaches: true,
  isolation: true,
  hostedAs: true,
  restart: true,
  strategy: true,
  maxRestarts: true,
  maxSeconds: true,
  autoShutdown: true,
  shutdown: true,
  timeout: true,
  hibernateAfter: true,
  trapExit: true,
  debug: true,
  mailbox: true,
  init: true,
  requests: true,
  types: true,
  refuses: true,
  keeper: true,
  commitTimeout: true,
  durability: true,
  maxBehind: true,
  maxBehindMs: true,
}

/**
 * Options over those they default to: a server's over those of all servers, a start's over its class's. What is `undefined` is not given;
 * the nearer `timeout` counts more than the `init.timeout` behind it.
 */
export const withDefaults = <T extends ServerDefaults>(defaults: Partial<T>, options: T): T => ({
  ...filled(options, defaults),
  mailbox: filled(options.mailbox ?? {}, defaults.mailbox ?? {}),
  init: filled(initOf(options), initOf(defaults)),
  requests: filled(options.requests ?? {}, defaults.requests ?? {}),
  types: added(defaults.types, options.types),
  refuses: added(defaults.refuses, options.refuses),
})

const filled = <T extends object>(options: T, defaults: Partial<T>): T => {
  const open = Object.entries(defaults).filter(([name]) => options[name as keyof T] === undefined)
  return { ...options, ...(Object.fromEntries(open) as Partial<T>) }
}

const initOf = ({ init, timeout }: ServerDefaults): InitOptions => filled(init ?? {}, { timeout })

// What is no array stays as it is, to be refused.
const added = <T>(all: readonly T[] | undefined, own: readonly T[] | undefined): readonly T[] => {
  const [first, more] = [all ?? [], own ?? []]
  if (!isList(first)) return first
  return isList(more) ? [...first, ...more] : more
}

/** Fills in the defaults; throws {@link BadOptionError} or `BadNameError` for what cannot be. */
export const settingsOf = (options: ServerOptions): Settings => {
  const check = new OptionCheck(`server '${checkName(options.name)}'`)
  check.known(options, SERVER_OPTION_NAMES)
  const restart = check.oneOf('restart', options.restart ?? 'permanent', [
    'permanent',
    'transient',
    'temporary',
  ])
  const initTimeout = options.init?.timeout ?? options.timeout ?? 5_000
  const version = check.count('version', options.version ?? 1)
  check.steps('codeChange.from', options.callbacks.codeChange, version)
  return {
    restart,
    strategy: check.oneOf('strategy', options.strategy ?? 'one_for_one', [
      'one_for_one',
      'one_for_all',
      'rest_for_one',
    ]),
    maxRestarts: check.count('maxRestarts', options.maxRestarts ?? 1_000),
    maxSeconds: check.positive('maxSeconds', options.maxSeconds ?? 10),
    autoShutdown: check.oneOf('autoShutdown', options.autoShutdown ?? 'never', [
      'never',
      'any_significant',
      'all_significant',
    ]),
    shutdown: check.shutdown('shutdown', options.shutdown ?? 5_000),
    hibernateAfter: check.positive('hibernateAfter', options.hibernateAfter ?? Infinity),
    trapExit: options.trapExit ?? false,
    debug: options.debug ?? false,
    mailboxLimit: check.positive('mailbox.limit', options.mailbox?.limit ?? 10_000),
    dropOnCrash:
      check.oneOf('mailbox.onCrash', options.mailbox?.onCrash ?? 'keep', ['keep', 'drop']) === 'drop',
    initTimeout: check.positive('init.timeout', initTimeout),
    initRetries: check.count('init.retries', options.init?.retries ?? 5),
    maxRequests: check.positive('requests.max', check.count('requests.max', options.requests?.max ?? 1_000)),
    maxRequestAge: check.positive('requests.maxAge', options.requests?.maxAge ?? 86_400_000),
    types: check.types('types', options.types ?? []),
    refuses: check.classes('refuses', options.refuses ?? []),
    listeners: options.listener === undefined ? [] : [options.listener].flat(),
    version,
    reaches: options.reaches ?? false,
    isolation: check.isolation('isolation', options.isolation ?? 'inline', options.hostedAs),
    writesBehind:
      check.oneOf('durability', options.durability ?? 'reply-after-commit', [
        'reply-after-commit',
        'write-behind',
      ]) === 'write-behind',
    maxBehind: check.positive('maxBehind', check.count('maxBehind', options.maxBehind ?? 1_000)),
    maxBehindMs: check.positive('maxBehindMs', options.maxBehindMs ?? 1_000),
    commitTimeout: check.positive('commitTimeout', options.commitTimeout ?? 10_000),
  }
}
