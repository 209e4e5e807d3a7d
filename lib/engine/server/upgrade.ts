import type { PeeperError } from '../errors.js'
import { promptly, type Prompt } from '../promptly.js'
import { upgradesFrom } from '../worker/callbacks.js'
import type { Program } from '../worker/program.js'
import type { Completion } from '../worker/worker.js'
import { CodeChangeFailedError, CodeChangeMissingError, NewerStateError } from './errors.js'

/** No life can begin with the stored state, and none could if it were tried again. */
export class UnfitState extends Error {
  constructor(override readonly cause: PeeperError) {
    super(cause.message, { cause })
  }
}

/** The state that another version stored, as the callbacks of this one expect it once they have changed it. Nothing of it is kept yet. */
export const upgrade = (
  server: string,
  { callbacks, version }: Program,
  found: number,
  change: () => Completion | Promise<Completion>,
): Prompt<unknown> => {
  if (found > version) throw new UnfitState(new NewerStateError(server, found, version))
  if (!upgradesFrom(callbacks, found))
    throw new UnfitState(new CodeChangeMissingError(server, found, version))
  return promptly(
    change,
    ({ state }) => state,
    (error: unknown) => {
      throw new UnfitState(new CodeChangeFailedError(server, error, found, version))
    },
  )
}
