import { AlreadyStartedError, BadOptionError, ServerClosingError } from './errors.js'
import { isPromiseLike } from './guard.js'
import { firstStateOf } from './server/first-state.js'
import type { Server } from './server/server.js'
import type { ServerOptions } from './server/settings.js'
import type { Surroundings } from './surroundings.js'
import type { ServerPlace } from './tree/options.js'
import type { Tree } from './tree/tree.js'

/** What `start` takes beside the server: where in the tree, and for one that is brought back with what state. */
export interface StartOptions extends ServerPlace {
  /** Discards the kept state first. Default false. */
  readonly reset?: boolean
  /** Takes the place of the state it was declared with; counts when none is kept. */
  readonly state?: unknown
}

/** Starts a server at its place in the tree: a new one, one that is known, or one that has ended. */
export const start = async (
  surroundings: Surroundings,
  tree: Tree,
  server: ServerOptions | string,
  { reset = false, supervisor, id, significant, ...again }: StartOptions,
): Promise<Server> => {
  const name = typeof server === 'string' ? server : server.name
  if (surroundings.intake.refuses()) throw new ServerClosingError(name)
  const known = surroundings.registry.get(name)
  const found = known ?? (typeof server === 'string' ? undefined : surroundings.declare(server))
  if (found === undefined) throw surroundings.registry.missing(name)
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
    const opening = home.commits.open()
    if (opening !== undefined) await opening
    home.isAwaited = true
    if (reset) await home.commits.reset()
    const started = tree.startServer(found, { supervisor, id, significant })
    if (isPromiseLike(started)) await started
  } catch (error) {
    if (known === undefined) forgetUnlessStarted(surroundings, found)
    throw error
  }
  return found
}

// It was not known before: nothing tells of it after. Unless somebody is bringing it back already, or stopped it.
const forgetUnlessStarted = ({ registry }: Surroundings, server: Server): void => {
  const { name, home } = server
  if (registry.get(name) !== server || (home.status !== 'new' && home.status !== 'down')) return
  registry.remove(name)
  home.listeners.end()
}
