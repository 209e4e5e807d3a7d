import { calibrated, timed } from '../measure.js'
import { named } from '../peer-trials.js'
import type { Comparison, Row, Trial } from '../row.js'
import { expectReply, sequential } from '../sequential.js'
import { change, read } from '../works.js'

const CALLERS = 64

type Call = () => Promise<number>

const WORKS = {
  read: {
    after: read.after,
    open: async (servers: number): Promise<Call[]> => {
      const { house, Reader } = await import('../contenders/ours.js')
      const { more } = await house(Reader)
      const clients = await Promise.all(Array.from({ length: servers }, () => more()))
      return clients.map(client => () => client.call('read'))
    },
  },
  change: {
    after: change.after,
    open: async (servers: number): Promise<Call[]> => {
      const { house, Orders } = await import('../contenders/ours.js')
      const { more } = await house(Orders)
      const clients = await Promise.all(Array.from({ length: servers }, () => more()))
      return clients.map(client => () => client.call('change'))
    },
  },
}
type Work = keyof typeof WORKS

const sequentially = (work: Work): Trial => ({
  prepare: async effort => {
    const { open, after } = WORKS[work]
    const [call] = await open(1)
    return named(`sequential, ${work}`, await sequential(effort, call as Call, after))
  },
})

/** Each caller awaits its call before it makes the next one; all at the same time. */
const concurrently = (work: Work, servers: number, name: string): Trial => ({
  prepare: async effort => {
    const { open, after } = WORKS[work]
    const calls = await open(servers)
    let made = 0
    const sample = await calibrated(effort, async n => {
      const replies: number[] = []
      const took = await timed(() =>
        Promise.all(
          Array.from({ length: CALLERS }, async (_, caller) => {
            const call = calls[caller % servers] as Call
            let last = 0
            for (let i = 0; i < n; i += 1) last = await call()
            replies.push(last)
          }),
        ),
      )
      made += (n * CALLERS) / servers
      expectReply(Math.max(...replies), after(made))
      return took
    })
    return async () => ({ [`${name}, ${work}`]: (await sample()) / CALLERS })
  },
})

const names = Object.keys(WORKS) as Work[]

export const concurrency: Row = {
  row: 4,
  work: `${CALLERS} callers at the same time, beside one: per call, as in row 1 (read) and row 2 (change)`,
  trials: Object.fromEntries(
    names.flatMap(work => [
      [`sequential, ${work}`, sequentially(work)],
      [`one server, ${work}`, concurrently(work, 1, 'one server')],
      [`${CALLERS} servers, ${work}`, concurrently(work, CALLERS, `${CALLERS} servers`)],
    ]),
  ),
  comparisons: names.flatMap(work =>
    ['one server', `${CALLERS} servers`].map((name): Comparison => ({
      work: `${name}, ${work}`,
      ours: `${name}, ${work}`,
      peer: `sequential, ${work}`,
      target: { times: 1 },
    })),
  ),
}
