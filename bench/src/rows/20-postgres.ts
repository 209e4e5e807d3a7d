import { ourServers, POSTGRES, rawPostgres } from '../contenders/postgres.js'
import type { Row } from '../row.js'
import { writing } from '../writing.js'

const CALLERS = 64

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
