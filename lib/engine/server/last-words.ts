import type { Shutdown } from '../child-spec.js'
import { systemClock } from '../clock.js'
import { ServerExitedError } from '../errors.js'
import { crashOf, type ExitReason } from '../exit.js'
import { done, promptly, type Prompt } from '../promptly.js'
import { Waiters } from '../waiters.js'
import { within } from '../within.js'
import type { Worker } from '../worker/worker.js'
import { TerminateTimeoutError } from './errors.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'
import { buryBegun } from './undelivered.js'

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

/** ms that a worker has to tell what it had begun when it is killed. */
const BRIEFLY = 1_000

/**
 * The end of a life that has exited. What was handed to the keeper answers first; then callers without an answer are told, `@Terminate`
 * gets the last committed state within its time (never after `'kill'`), disposers run, listeners hear of it.
 */
export const lastWords = (home: Home, worker: Worker | undefined, ending: Ending): Prompt<void> => {
  const { address } = home
  const { reason } = ending
  return promptly(
    () => bothAnswer(home, worker, ending),
    () => {
      home.failCallers(message => new ServerExitedError(address, message, reason))
      if (worker === undefined) return
      buryBegun(home, worker, reason)
      return promptly(
        () => terminate(home, worker, ending),
        () => {
          bury(home, worker, ending)
        },
      )
    },
  )
}

const terminate = (home: Home, worker: Worker, { reason, shutdown, killed }: Ending): Prompt<void> => {
  if (reason === 'kill' || shutdown === 'brutal_kill') return
  return promptly(
    () => {
      const said = home.apart(() => worker.terminate(home.commits.state, reason))
      return said && Promise.race([killed.wait(), inTime(home, said, shutdown)])
    },
    done,
    (error: unknown) => {
      home.report('terminate', error)
    },
  )
}

const bury = (home: Home, worker: Worker, { reason, life }: Ending): void => {
  const { commits, address, identity } = home
  worker.dispose()
  commits.endLife()
  home.listeners.terminated(reason, commits.state, {
    server: address,
    key: identity.key,
    worker: life.number,
    revision: commits.revision,
    message: undefined,
  })
  home.environment.bonds.ended(life, reason)
}

/** No longer than its `shutdown`: rejects when that is over. */
export const inTime = (home: Home, said: Promise<void>, shutdown: number | 'infinity'): Promise<void> =>
  shutdown === 'infinity'
    ? said
    : within(home.clock, shutdown, said, () => new TerminateTimeoutError(home.address, shutdown))

const bothAnswer = (home: Home, worker: Worker | undefined, { reason, shutdown }: Ending): Prompt<void> =>
  promptly(
    () => keeperAnswers(home, shutdown),
    () => {
      const told = worker?.told // while it has not, it may have begun all of them
      if (told === undefined) return
      if (reason === 'kill') return briefly(told)
      return shutdown === 'brutal_kill' ? undefined : inTime(home, told, shutdown).catch(done)
    },
  )

// A thread takes the time of this world. What it has said by then is heard before the wait is over.
const briefly = (told: Promise<void>): Promise<void> => {
  const wait = new Waiters()
  const timer = systemClock.after(BRIEFLY, () => {
    systemClock.yield(() => {
      wait.release()
    })
  })
  return Promise.race([told, wait.wait()]).finally(() => {
    timer.cancel()
  })
}

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
