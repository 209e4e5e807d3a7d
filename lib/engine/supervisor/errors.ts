import { PeeperError } from '../errors.js'

/** A supervisor already has a child of this id. */
export class DuplicateChildError extends PeeperError {
  readonly code = 'PEEPER_DUPLICATE_CHILD'
  constructor(supervisor: string, id: string) {
    super(`supervisor '${supervisor}' already has a child '${id}'. Give each child its own id.`)
  }
}

/** A supervisor restarted its children too often and gave up. */
export class RestartIntensityError extends PeeperError {
  readonly code = 'PEEPER_RESTART_INTENSITY'
  constructor(supervisor: string, maxRestarts: number, maxSeconds: number, cause: unknown) {
    super(
      `'${supervisor}' reached its maximum restart intensity (${maxRestarts} in ${maxSeconds} s) and gave up. See 'cause' for the last crash.`,
      { cause },
    )
  }
}
