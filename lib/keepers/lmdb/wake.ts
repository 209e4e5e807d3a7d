import { seal } from '../record/frame.js'
import type { Keys } from './keys.js'
import type { Plan } from './plan.js'

/** Its key says it all. */
const WAKE = seal(Buffer.alloc(0))

/** When a server is to be woken, as it was and as it will be: a record for whoever asks who is due. */
export const moveWake = (
  { before, next }: { readonly before: number | undefined; readonly next?: number | undefined },
  keys: Keys,
  revision: number,
  plan: Plan,
): void => {
  if (before === next) return
  if (before !== undefined) plan.remove(keys.wake(before))
  if (next !== undefined) plan.put(keys.wake(next), WAKE, revision)
}
