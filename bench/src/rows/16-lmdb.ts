import { ourServers, rawLmdb, type Put } from '../contenders/lmdb.js'
import { calibrated, timed } from '../measure.js'
import { count } from '../numbers.js'
import type { Row, Trial } from '../row.js'
import { expectReply } from '../sequential.js'

const CALLERS = 1_000

/** Writes a second: each caller awaits its own before the next one; all at the same time. */
const writing = (name: string, callers: number, servers: number, open: () => Promise<Put>): Trial => ({
  prepare: async effort => {
    const put = await open()
    let made = 0
    const sample = await calibrated(effort, async n => {
      const replies: number[] = []
      const took = await timed(() =>
        Promise.all(
          Array.from({ length: callers }, async (_, caller) => {
            let last = 0
            for (let i = 0; i < n; i += 1) last = await put(caller)
            replies.push(last)
          }),
        ),
      )
      made += (n * callers) / servers
      expectReply(Math.max(...replies), made)
      return took
    })
    return async () => ({ [name]: (1e9 * callers) / (await sample()) })
  },
})

const MANY = `${count(CALLERS)} servers`
const BYTES = `lmdb, ${count(CALLERS)} puts of bytes`
const OBJECTS = `lmdb, ${count(CALLERS)} puts of objects`

export const lmdb: Row = {
  row: 16,
  work: `a change that is kept on the disk, by lmdbKeeper(): a state of 200 bytes; beside LMDB's own put, a key for each caller`,
  trials: {
    [MANY]: writing(MANY, CALLERS, CALLERS, () => ourServers(CALLERS)),
    'one server': writing('one server', CALLERS, 1, () => ourServers(1)),
    'one caller': writing('one caller', 1, 1, () => ourServers(1)),
    [BYTES]: writing(BYTES, CALLERS, CALLERS, () => rawLmdb('bytes', CALLERS)),
    [OBJECTS]: writing(OBJECTS, CALLERS, CALLERS, () => rawLmdb('object', CALLERS)),
    'lmdb, one put': writing('lmdb, one put', 1, 1, () => rawLmdb('bytes', 1)),
  },
  comparisons: [
    {
      work: `${count(CALLERS)} callers, ${MANY}`,
      ours: MANY,
      peer: BYTES,
      unit: '/s',
      target: { share: 0.7 },
    },
    { work: `${count(CALLERS)} callers, ${MANY}`, ours: MANY, peer: OBJECTS, unit: '/s' },
    {
      work: `${count(CALLERS)} callers, one server`,
      ours: 'one server',
      peer: BYTES,
      unit: '/s',
      target: { share: 0.5 },
    },
    { work: 'one caller', ours: 'one caller', peer: 'lmdb, one put', unit: '/s', target: { share: 0.8 } },
  ],
}
