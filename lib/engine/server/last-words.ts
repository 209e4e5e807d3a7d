import type { Shutdown } from '../child-spec.js'
import type { ExitReason } from '../exit.js'
import { within } from '../within.js'
import type { Worker } from '../worker/worker.js'
import { TerminateTimeoutError } from './errors.js'
import type { Home } from './home.js'

/**
 * The end of a life that has exited, when nothing of it is on its way to the keeper: `@Terminate` gets the last committed state within
 * its time (never after `'kill'`), disposers run, listeners are told.
 */
export const lastWords = async (
  home: Home,
  worker: Worker,
  number: number,
  reason: ExitReason,
  shutdown: Shutdown,
): Promise<void> => {
  const { commits, listeners, address, key } = home
  if (reason !== 'kill' && shutdown !== 'brutal_kill') {
    try {
      const said = home.apart(() => worker.terminate(commits.state, reason))
      if (said !== undefined)
        await (shutdown === 'infinity'
          ? said
          : within(home.clock, shutdown, said, () => new TerminateTimeoutError(address, shutdown)))
    } catch (error) {
      home.report('terminate', error)
    }
  }
  worker.dispose()
  listeners.terminated(reason, commits.state, {
    server: address,
    key,
    worker: number,
    revision: commits.revision,
    message: undefined,
  })
}
