import { ourServers, rawLmdb, readyBytes } from '../contenders/lmdb.js'
import { count } from '../numbers.js'
import type { Row } from '../row.js'
import { writing } from '../writing.js'

const CALLERS = 1_000

const MANY = `${count(CALLERS)} servers`
const BYTES = `lmdb, ${count(CALLERS)} puts of bytes`
const READY = `${count(CALLERS)} servers, bytes that are ready`
const OBJECTS = `lmdb, ${count(CALLERS)} puts of objects`

export const lmdb: Row = {
  row: 16,
  work: `a change that is kept on the disk, by lmdbKeeper(): a state of 200 bytes; beside LMDB's own put, a key for each caller`,
  trials: {
    [MANY]: writing(MANY, CALLERS, ourServers),
    'one server': writing('one server', CALLERS, () => ourServers(1), { shared: true }),
    'one caller': writing('one caller', 1, ourServers),
    [BYTES]: writing(BYTES, CALLERS, callers => rawLmdb('bytes', callers)),
    [OBJECTS]: writing(OBJECTS, CALLERS, callers => rawLmdb('object', callers)),
    [READY]: writing(READY, CALLERS, callers => ourServers(callers, readyBytes)),
    'lmdb, one put': writing('lmdb, one put', 1, callers => rawLmdb('bytes', callers)),
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
    { work: 'the engine over one such put', ours: READY, peer: BYTES, unit: '/s' },
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
