import { ourServers, POSTGRES, rawPostgres, type Write } from '../contenders/postgres.js'
import { calibrated, timed } from '../measure.js'
import type { Row, Trial } from '../row.js'
import { expectReply } from '../sequential.js'

const CALLERS = 64

/** Writes a second: each caller awaits its own before the next one; all at the same time. */
const writing = (name: string, callers: number, open: (callers: number) => Promise<Write>): Trial => ({
  prepare: async effort => {
    const write = await open(callers)
    let made = 0
    const sample = await calibrated(effort, async n => {
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
      expectReply(Math.max(...replies), (made += n))
      return took
    })
    return async () => ({ [name]: (1e9 * callers) / (await sample()) })
  },
})

export const postgres: Row = {
  row: 20,
  work: `a change that is kept in PostgreSQL, by postgresKeeper(): a state of 200 bytes; beside the same statement by the driver alone`,
  server: POSTGRES,
  trials: {
    '64 servers': writing('64 servers', CALLERS, ourServers),
    'pg, 64 rows': writing('pg, 64 rows', CALLERS, rawPostgres),
    'one server': writing('one server', 1, ourServers),
    'pg, one row': writing('pg, one row', 1, rawPostgres),
  },
  comparisons: [
    {
      work: '64 callers, a server each',
      ours: '64 servers',
      peer: 'pg, 64 rows',
      unit: '/s',
      target: { share: 0.7 },
    },
    { work: 'one caller', ours: 'one server', peer: 'pg, one row', unit: '/s' },
  ],
}
