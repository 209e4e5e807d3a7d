import { PeeperError } from '../errors.js'
import { messageOf } from '../exit.js'

/** `init` did not return within its timeout. */
export class InitTimeoutError extends PeeperError {
  readonly code = 'PEEPER_INIT_TIMEOUT'
  constructor(server: string, ms: number) {
    super(
      `init of '${server}' did not finish within ${ms} ms. Do slow work in a continue, or raise { init: { timeout } }.`,
    )
  }
}

/** `init` failed on every try of the first start. */
export class InitFailedError extends PeeperError {
  readonly code = 'PEEPER_INIT_FAILED'
  constructor(
    readonly server: string,
    tries: number,
    cause: unknown,
  ) {
    super(
      `'${server}' could not start: init failed ${tries} time${tries === 1 ? '' : 's'}, last with ${messageOf(cause)}`,
      { cause },
    )
  }
}

/** `terminate` did not finish within `shutdown`. It is reported; the server has ended all the same. */
export class TerminateTimeoutError extends PeeperError {
  readonly code = 'PEEPER_TERMINATE_TIMEOUT'
  constructor(server: string, ms: number) {
    super(`terminate of '${server}' did not finish within its shutdown time of ${ms} ms and was left behind.`)
  }
}

/** `codeChange` of the server threw: its state is as it was. */
export class CodeChangeFailedError extends PeeperError {
  readonly code = 'PEEPER_CODE_CHANGE_FAILED'
  constructor(server: string, cause: unknown) {
    super(`the code change of '${server}' failed and changed nothing: ${messageOf(cause)}`, { cause })
  }
}
