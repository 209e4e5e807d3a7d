import { PeeperError } from '../errors.js'

/** The keeper did not take a change: whether it is stored is not known. The worker crashes and the next one loads. */
export class CommitFailedError extends PeeperError {
  readonly code = 'PEEPER_COMMIT_FAILED'
  constructor(server: string, revision: number, cause: unknown) {
    super(
      `the keeper of '${server}' did not confirm revision ${revision}: it may have happened. The server loads the stored state ` +
        `again; read before you repeat.`,
      { cause },
    )
  }
}

/** Another owner has committed to this server's state: this one may write no more. */
export class StaleOwnerError extends PeeperError {
  readonly code = 'PEEPER_STALE_OWNER'
  constructor(server: string, expected: number, found: number) {
    super(
      `the stored state of '${server}' is at revision ${found}, not ${expected}: another owner wrote it. This change was refused; ` +
        `the server loads again.`,
    )
  }
}
