import { calibrated, timed } from './measure.js'
import type { Effort } from './effort.js'

/** ns of a call that is awaited before the next one is made. What it replies at last must be right: work that was lost shows there. */
export const sequential = async (
  effort: Effort,
  call: () => Promise<number>,
  after: (messages: number) => number,
): Promise<() => Promise<number>> => {
  let made = 0
  return calibrated(effort, async n => {
    let last = 0
    const took = await timed(async () => {
      for (let i = 0; i < n; i += 1) last = await call()
    })
    expectReply(last, after((made += n)))
    return took
  })
}

export const expectReply = (reply: number, expected: number): void => {
  if (reply !== expected)
    throw new Error(`it replied ${reply} where ${expected} is right: work was lost, or overtaken`)
}
