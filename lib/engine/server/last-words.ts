import type { Shutdown } from '../child-spec.js'
import { ServerExitedError } from '../errors.js'
import { crashOf, type ExitReason } from '../exit.js'
import type { Waiters } from '../waiters.js'
import { within } from '../within.js'
import type { Worker } from '../worker/worker.js'
import { TerminateTimeoutError } from './errors.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/** How a life ends. */
export interface Ending {
  readonly life: Incarnation
  readonly reason: ExitReason
  readonly shutdown: Shutdown
  /** Resolves when it is killed after all: what it still had to say is cut short. */
  readonly killed: Waiters
}

/** ms that a keeper may take to answer when the end itself has no time of its own. */
const PATIENCE = 5_000

/**
 * The end of a life that has exited. What was handed to the keeper answers first; then callers without an answer are told, `@Terminate`
 * gets the last committed state within its time (never after `'kill'`), disposers run, listeners hear of it.
 */
export const lastWords = async (home: Home, worker: Worker | undefined, ending: Ending): Promise<void> => {
  const { commits, listeners, callers, address, identity } = home
  const { reason, shutdown, killed, life } = ending
  await keeperAnswers(home, shutdown) // also when it has: it may be telling others of the same failure
  callers.fail(message => new ServerExitedError(address, message, reason))
  if (worker === undefined) return
  if (reason !== 'kill' && shutdown !== 'brutal_kill') {
    try {
      const said = home.apart(() => worker.terminate(commits.state, reason))
      if (said !== undefined) await Promise.race([killed.wait(), inTime(home, said, shutdown)])
    } catch (error) {
      home.report('terminate', error)
    }
  }
  worker.dispose()
  commits.endLife()
  listeners.terminated(reason, commits.state, {
    server: address,
    key: identity.key,
    worker: life.number,
    revision: commits.revision,
    message: undefined,
  })
  home.environment.bonds.ended(life, reason)
}

const inTime = (home: Home, said: Promise<void>, shutdown: number | 'infinity'): Promise<void> =>
  shutdown === 'infinity'
    ? said
    : within(home.clock, shutdown, said, () => new TerminateTimeoutError(home.address, shutdown))

// A keeper that never answers may not hold up the end: what is on its way to it is uncertain then, and the next life loads.
const keeperAnswers = ({ commits, clock }: Home, shutdown: Shutdown): Promise<void> | undefined => {
  const idle = commits.idle()
  if (idle === undefined) return undefined
  const ms = shutdown === 'infinity' ? Infinity : shutdown === 'brutal_kill' ? PATIENCE : shutdown
  return within(clock, ms, idle, () => new Error(`the keeper did not answer within ${ms} ms`)).catch(
    (late: unknown) => {
      commits.exit(crashOf(late))
    },
  )
}
