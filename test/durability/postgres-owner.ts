// node postgres-owner.js <url> <schema>: a process that owns a server, to be paused and woken. It adds for ever and prints how each ended.

import { writeSync } from 'node:fs'
import { Engine } from 'nestjs-peeper/engine'
import { postgresKeeper } from 'nestjs-peeper/postgres'
import { ledger, ledgerState } from './ledger.js'

const [url = '', schema = ''] = process.argv.slice(2)
const engine = new Engine({ keeper: postgresKeeper({ url, schema }) })
const server = await engine.start({ name: 'shared', state: ledgerState(10), callbacks: ledger })

for (let n = 0; ; n += 1)
  await server.call('add', `owner.${n}`).then(
    () => writeSync(1, `kept owner.${n}\n`),
    (error: unknown) => {
      const { code, cause, message } = error as Error & { code: string; cause?: Error & { code?: string } }
      writeSync(1, `refused ${code} ${cause?.code ?? ''} ${cause?.message ?? message}\n`)
    },
  )
