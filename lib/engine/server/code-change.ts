import { isPromiseLike } from '../guard.js'
import type { CodeChange } from '../mailbox/envelope.js'
import type { Completion, Worker } from '../worker/worker.js'
import { CodeChangeFailedError } from './errors.js'

/** Upgrades the state in its turn among the messages. A throw is its caller's error, and no crash: the state is as it was. */
export const changeCode = (
  server: string,
  worker: Worker,
  state: unknown,
  { from, extra }: CodeChange,
): Completion | Promise<Completion> => {
  const failed = (error: unknown): Completion => ({
    state,
    answer: 'refuse',
    value: new CodeChangeFailedError(server, error),
    directive: undefined,
    stop: undefined,
    effects: undefined,
    writes: undefined,
  })
  try {
    const changed = worker.codeChange(state, from, extra)
    return isPromiseLike(changed) ? changed.then(undefined, failed) : changed
  } catch (error) {
    return failed(error)
  }
}
