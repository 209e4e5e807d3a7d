import { PeeperError } from '../errors.js'

/** The keeper did not take what a message did. The worker crashes and the next one loads. */
export class CommitFailedError extends PeeperError {
  readonly code = 'PEEPER_COMMIT_FAILED'
  constructor(
    server: string,
    revision: number,
    cause: unknown,
    /** Is what the message did stored all the same, perhaps? If not, it has not happened: it may be repeated. */
    readonly mayHaveHappened = true,
  ) {
    const whether = mayHaveHappened
      ? 'it may have happened. The server loads the stored state again; read before you repeat.'
      : 'what this message did has not happened. The server loads the stored state again; you may repeat.'
    super(`the keeper of '${server}' did not confirm revision ${revision}: ${whether}`, { cause })
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

/** A store did not do what was asked of it, and may do it later: it is waited for. */
export abstract class StoreAwayError extends PeeperError {}

/** The store did not answer in time. What it was asked it may still do: a commit that comes so late is refused if another was before it. */
export class StoreTimeoutError extends StoreAwayError {
  readonly code = 'PEEPER_STORE_TIMEOUT'
  constructor(server: string, what: 'load' | 'commit', ms: number) {
    super(
      `the store of '${server}' did not answer a ${what} within ${ms} ms. Look after the store, or raise { commitTimeout } if it may take so long.`,
    )
  }
}
