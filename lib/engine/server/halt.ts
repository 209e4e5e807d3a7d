import type { Shutdown } from '../child-spec.js'
import type { ExitReason } from '../exit.js'
import { done, type Prompt } from '../promptly.js'
import { within } from '../within.js'
import type { Worker } from '../worker/worker.js'
import type { Incarnation } from './incarnation.js'

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
  return inTime(life, silent, shutdown).then(end)
}

const inTime = (
  { home }: Incarnation,
  halted: Promise<void>,
  shutdown: number | 'infinity',
): Promise<void> =>
  shutdown === 'infinity'
    ? halted
    : within(home.clock, shutdown, halted, () => new Error(`not halted within ${shutdown} ms`)).catch(done)
