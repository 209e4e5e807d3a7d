import { PeeperError } from '../errors.js'
import { describeExit, textOf, type ExitReason } from '../exit.js'

/** A supervisor already has a child of this id. */
export class DuplicateChildError extends PeeperError {
  readonly code = 'PEEPER_DUPLICATE_CHILD'
  constructor(supervisor: string, id: string) {
    super(`supervisor '${supervisor}' already has a child '${id}'. Give each child its own id.`)
  }
}

/** A supervisor has as many running children as it may have. */
export class MaxChildrenError extends PeeperError {
  readonly code = 'PEEPER_MAX_CHILDREN'
  constructor(supervisor: string, maxChildren: number) {
    super(
      `supervisor '${supervisor}' already has ${maxChildren} running children, as many as its { maxChildren } allows: the child was not ` +
        `started. End one, or raise { maxChildren }.`,
    )
  }
}

/** No supervisor of this name is known here. */
export class NoSuchSupervisorError extends PeeperError {
  readonly code = 'PEEPER_NO_SUCH_SUPERVISOR'
  constructor(supervisor: string) {
    super(
      `there is no supervisor '${textOf(supervisor)}'. Start it with peeper.startSupervisor({ name: … }), or declare it first.`,
    )
  }
}

/** The server that was to be moved is not under the supervisor that was named. */
export class NotAChildError extends PeeperError {
  readonly code = 'PEEPER_NOT_A_CHILD'
  constructor(server: string, supervisor: string, actual: string | undefined) {
    super(
      `'${server}' is not under supervisor '${supervisor}', but under ${actual === undefined ? 'one of your own' : `'${actual}'`}: it was not ` +
        `moved and goes on there. ${actual === undefined ? 'Start it with engine.start(…) if it is to be moved.' : `Name '${actual}' as the one it leaves.`}`,
    )
  }
}

/** The supervisor does not run: it gave up, or it was terminated. So no child of it can start. */
export class SupervisorDownError extends PeeperError {
  readonly code = 'PEEPER_SUPERVISOR_DOWN'
  constructor(supervisor: string, parent: string, reason: ExitReason) {
    super(
      `supervisor '${supervisor}' does not run (${describeExit(reason)}). The states of its servers are kept: mend the cause and bring it ` +
        `back, with its children, by restartChild('${parent}', '${supervisor}').`,
      { cause: reason },
    )
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
