import { PeeperError } from '../errors.js'
import { messageOf } from '../exit.js'

/** The entry file of `isolation` hosts no callbacks for this server. */
export class NotHostedError extends PeeperError {
  readonly code = 'PEEPER_NOT_HOSTED'
  constructor(server: string) {
    super(
      `'${server}' is isolated, and the file that 'isolation.entry' names hosts nothing of this name. ` +
        `Add it there: hostServers({ '${server}': { callbacks } }).`,
    )
  }
}

/** How a thread ended. */
export interface Loss {
  readonly exitCode: number
  /** What it failed with, if that is known. */
  readonly cause: unknown
}

/** The thread that an isolated worker lived in has ended, and the worker with it. What was not committed has not happened. */
export class WorkerLostError extends PeeperError {
  readonly code = 'PEEPER_WORKER_LOST'
  constructor(server: string, { exitCode, cause }: Loss) {
    super(
      `the thread that the worker of '${server}' lived in has ended, with the exit code ${exitCode}` +
        `${cause === undefined ? '' : ` (${messageOf(cause)})`}. All servers of that thread are started again, with their states; find what ended it.`,
      { cause },
    )
  }
}
