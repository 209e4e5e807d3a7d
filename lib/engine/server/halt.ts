import type { Shutdown } from '../child-spec.js'
import type { ExitReason } from '../exit.js'
import { done, type Prompt } from '../promptly.js'
import type { Worker } from '../worker/worker.js'
import type { Incarnation } from './incarnation.js'
import { inTime } from './last-words.js'

/** Before a life ends: all that its worker has handled before its turn has it, if there is time for that, and nothing more is begun. */
export const halt = (
  life: Incarnation,
  worker: Worker | undefined,
  reason: ExitReason,
  shutdown: Shutdown,
  end: () => Prompt<void>,
): Prompt<void> => {
  if (reason === 'kill' || shutdown === 'brutal_kill') return end()
  const halted = worker?.halt?.()
  if (halted === undefined) return end()
  const silent = halted.then(() => {
    life.busy = true
  })
  return inTime(life.home, silent, shutdown).catch(done).then(end)
}
