import { PeeperError } from '../errors.js'
import { messageOf } from '../exit.js'

/** `init`, or the upgrade of a stored state, did not return within its timeout. */
export class InitTimeoutError extends PeeperError {
  readonly code = 'PEEPER_INIT_TIMEOUT'
  constructor(server: string, ms: number, step: 'init' | 'codeChange' = 'init') {
    const otherwise = step === 'init' ? 'Do slow work in a continue, or raise' : 'Raise'
    super(`${step} of '${server}' did not finish within ${ms} ms. ${otherwise} { init: { timeout } }.`)
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

const sentence = (text: string): string => text.replace(/\.?$/, '.')

/** `codeChange` of the server threw: its state is as it was. Where a stored state was to be upgraded, the server is down with this error. */
export class CodeChangeFailedError extends PeeperError {
  readonly code = 'PEEPER_CODE_CHANGE_FAILED'
  constructor(server: string, cause: unknown, from?: number, to?: number) {
    const failed = sentence(`failed and changed nothing: ${messageOf(cause)}`)
    super(
      from === undefined
        ? `the code change of '${server}' ${failed} Mend its @CodeChange and ask again.`
        : `the code change of '${server}', from the stored version ${from} to ${to}, ${failed} Mend its @CodeChange and start it again; ` +
            `start(…, { reset: true }) discards the state.`,
      { cause },
    )
  }
}

/** The stored state is of an older version, and nothing leads from it to the server's: it is down, the state is as it was. */
export class CodeChangeMissingError extends PeeperError {
  readonly code = 'PEEPER_CODE_CHANGE_MISSING'
  constructor(server: string, found: number, version: number) {
    super(
      `the stored state of '${server}' is of version ${found}, the server of version ${version}, and no code change leads from ${found}. Add ` +
        `@CodeChange({ from: ${found} }), or start(…, { reset: true }), which discards the state.`,
    )
  }
}

/** The stored state is of a newer version than the server: an older release would not know it. It is down, the state is as it was. */
export class NewerStateError extends PeeperError {
  readonly code = 'PEEPER_NEWER_STATE'
  constructor(server: string, found: number, version: number) {
    super(
      `the stored state of '${server}' is of version ${found}, newer than the server's own, ${version}: a later release wrote it. Run that ` +
        `release, or start(…, { reset: true }), which discards the state.`,
    )
  }
}
