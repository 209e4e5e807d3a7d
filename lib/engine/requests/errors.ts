import { PeeperError } from '../errors.js'

/** A call came with the `id` of an earlier one to the same server and message, and says something else. It did not run. */
export class RequestMismatchError extends PeeperError {
  readonly code = 'PEEPER_REQUEST_MISMATCH'
  constructor(server: string, message: string, id: string) {
    super(
      `a call of '${message}' to '${server}' had the id ${JSON.stringify(id)} before, with another payload: this one did not run. Repeat a call with ` +
        `the payload it had, and give each new one an id of its own.`,
    )
  }
}
