import type { Row } from '../row.js'
import { call } from './01-call.js'
import { changing } from './02-change.js'
import { casts } from './03-casts.js'
import { concurrency } from './04-concurrency.js'
import { observed } from './05-observed.js'
import { widths } from './06-width.js'
import { crashing } from './07-crash.js'
import { startStop } from './08-start-stop.js'
import { bystanders } from './09-bystanders.js'
import { http } from './10-http.js'
import { installed } from './11-installed.js'
import { payloads } from './12-payload.js'
import { keyed } from './13-keyed.js'
import { tables } from './14-tables.js'
import { cycles } from './15-cycles.js'
import { lmdb } from './16-lmdb.js'
import { lmdbTables } from './17-lmdb-tables.js'
import { recovery } from './18-recovery.js'
import { stored } from './19-stored.js'
import { postgres } from './20-postgres.js'
import { redis } from './21-redis.js'
import { thread } from './22-thread.js'
import { computingInThreads } from './23-computing.js'
import { lost } from './24-lost.js'

export const rows: readonly Row[] = [
  call,
  changing,
  casts,
  concurrency,
  observed,
  widths,
  crashing,
  startStop,
  bystanders,
  http,
  installed,
  payloads,
  keyed,
  tables,
  cycles,
  lmdb,
  lmdbTables,
  recovery,
  stored,
  postgres,
  redis,
  thread,
  computingInThreads,
  lost,
]
