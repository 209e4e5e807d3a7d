import type { Effort } from './effort.js'
import { calibrated, timed } from './measure.js'
import type { Trial } from './row.js'
import { expectReply } from './sequential.js'

/** Writes for a caller; resolves, once that is stored, to how often that caller, or what it shares with others, was written. */
export type Write = (caller: number) => Promise<number>

// Of all callers. The code is compiled piece by piece, and one that waits for a disk each time runs it seldom.
const WARM_UP = 20_000

/** Writes a second: each caller waits for its own before the next one, all at the same time. `shared`: they write the same. */
export const writing = (
  name: string,
  callers: number,
  open: (callers: number) => Promise<Write>,
  { shared = false } = {},
): Trial => ({
  prepare: async (effort: Effort) => {
    const write = await open(callers)
    let made = 0
    const run = async (n: number): Promise<number> => {
      const replies: number[] = []
      const took = await timed(() =>
        Promise.all(
          Array.from({ length: callers }, async (_, caller) => {
            let last = 0
            for (let i = 0; i < n; i += 1) last = await write(caller)
            replies.push(last)
          }),
        ),
      )
      expectReply(Math.max(...replies), (made += shared ? n * callers : n))
      return took
    }
    await run(Math.ceil((WARM_UP * effort.scale) / callers))
    // Twice what a sample is, and the second is timed: after the collection before it, code is optimised again.
    const sample = await calibrated(effort, async n => {
      await run(n)
      return run(n)
    })
    return async () => ({ [name]: (1e9 * callers) / (await sample()) })
  },
})
