import type { AutoShutdown } from '../child-spec.js'
import { BadOptionError } from '../errors.js'
import type { Restart } from '../exit.js'
import { checkName } from '../identity.js'
import { OptionCheck } from '../server/option-check.js'
import type { ServerOptions } from '../server/settings.js'
import type { SupervisorOptions } from '../supervisor/supervision.js'
import type { Strategy } from '../supervisor/strategy.js'

/**
 * Where a server is started in the tree.
 *
 * @example
 * await engine.start(options, { supervisor: 'shop', id: 'cart-1' })
 */
export interface ServerPlace {
  /** The supervisor by name. Default: the root, under which a spent server stays down and harms nobody. */
  readonly supervisor?: string
  /** Its name among its siblings. Default: the server's name. */
  readonly id?: string
  /** Does its end count for the supervisor's `autoShutdown`? Not for a `permanent` server. Default false. */
  readonly significant?: boolean
}

/**
 * A child that a supervisor is started with: the options of a server, the name of a declared one, either with its place, or a supervisor in
 * its turn.
 */
export type SupervisorChild =
  | string
  | ServerOptions
  | SupervisorStart
  | (Omit<ServerPlace, 'supervisor'> & { readonly server: string | ServerOptions })

/** What a named supervisor is made of. Its children start in their order and end in the reverse one. */
export interface SupervisorStart {
  /** No server and no other supervisor may have it. */
  readonly name: string
  /** Default `'one_for_one'`. */
  readonly strategy?: Strategy
  /** Restarts of children allowed within `maxSeconds`. Default 1 000. */
  readonly maxRestarts?: number
  /** Seconds. Default 10. */
  readonly maxSeconds?: number
  /** Does the end of significant children end it? Default `'never'`. */
  readonly autoShutdown?: AutoShutdown
  /** Children that may run at a time. Default `Infinity`. */
  readonly maxChildren?: number
  /** When its parent restarts it. Default `'permanent'`; under the root always `'temporary'`. */
  readonly restart?: Restart
  /** Does its end count for its parent's `autoShutdown`? Not if it is `permanent`. Default false. */
  readonly significant?: boolean
  readonly children?: readonly SupervisorChild[]
}

/**
 * What `startSupervisor` takes. OTP's `supervisor:start_link` and `Supervisor.init/2`.
 *
 * @example
 * await engine.startSupervisor({ name: 'shop', strategy: 'rest_for_one', children: [{ name: 'stock', callbacks }] })
 */
export interface StartSupervisorOptions extends SupervisorStart {
  /** The parent by name. Default: the root. */
  readonly supervisor?: string
}

const OPTION_NAMES: Readonly<Record<keyof SupervisorStart, true>> = {
  name: true,
  strategy: true,
  maxRestarts: true,
  maxSeconds: true,
  autoShutdown: true,
  maxChildren: true,
  restart: true,
  significant: true,
  children: true,
}

/** What stands at a place in the tree, of the three things a child can be given as. */
export type ChildStart =
  | { readonly supervisor: SupervisorStart }
  | { readonly server: string | ServerOptions; readonly place: Omit<ServerPlace, 'supervisor'> }

/** Tells them apart: only a server has callbacks. */
export const childStartOf = (child: SupervisorChild): ChildStart => {
  if (typeof child === 'string') return { server: child, place: {} }
  if ('server' in child) {
    const { server, ...place } = child
    return { server, place }
  }
  return 'callbacks' in child ? { server: child, place: {} } : { supervisor: child }
}

type Supervision = Pick<
  SupervisorOptions,
  'name' | 'strategy' | 'maxRestarts' | 'maxSeconds' | 'autoShutdown' | 'maxChildren'
> & { readonly restart: Restart; readonly significant: boolean }

/** Throws {@link BadOptionError} or `BadNameError` for what cannot be. */
export const supervisionOf = (options: SupervisorStart): Supervision => {
  const name = checkName(options.name)
  const where = `supervisor '${name}'`
  const check = new OptionCheck(where)
  check.known(options, OPTION_NAMES)
  const { children = [], maxChildren = Infinity } = options
  if (!Array.isArray(children)) throw new BadOptionError(where, 'children', children, 'an array')
  if (children.length > check.count('maxChildren', maxChildren))
    throw new BadOptionError(
      where,
      'maxChildren',
      maxChildren,
      `${children.length} or more: so many are its children`,
    )
  return {
    name,
    strategy: check.oneOf<Strategy>('strategy', options.strategy ?? 'one_for_one', [
      'one_for_one',
      'one_for_all',
      'rest_for_one',
    ]),
    maxRestarts: check.count('maxRestarts', options.maxRestarts ?? 1_000),
    maxSeconds: check.positive('maxSeconds', options.maxSeconds ?? 10),
    autoShutdown: check.oneOf<AutoShutdown>('autoShutdown', options.autoShutdown ?? 'never', [
      'never',
      'any_significant',
      'all_significant',
    ]),
    maxChildren,
    restart: check.oneOf('restart', options.restart ?? 'permanent', ['permanent', 'transient', 'temporary']),
    significant: options.significant ?? false,
  }
}
