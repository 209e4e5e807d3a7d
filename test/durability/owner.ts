// node owner.js <folder>: a process that owns a store, and does what its lines say: `add <server> <entry>`, `transaction`, in which it stops, or `rest`: it stops in none.
// It prints `open`, and `acknowledged <entry>` or `refused <entry> <message of the error and of its causes>`.

import { open as openRaw } from 'lmdb'
import { createInterface } from 'node:readline'
import { Engine } from 'nestjs-peeper/engine'
import { keeperOf, list } from './aimed/list-server.js'

const [path = ''] = process.argv.slice(2)
const TIMEOUT = 1_000

const engine = new Engine({ keeper: keeperOf(path) })
for (const name of ['list', 'other']) await engine.start({ name, state: { log: [] }, callbacks: list })

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : ''

console.log('open')
for await (const line of createInterface(process.stdin)) {
  const [order, server = '', entry = ''] = line.split(' ')
  const stop = (): void => {
    process.kill(process.pid, 'SIGSTOP')
  }
  if (order === 'transaction') openRaw({ path }).transactionSync(stop)
  else if (order === 'rest') {
    openRaw({ path }).transactionSync(() => undefined) // what it acknowledged may have held LMDB's lock still
    stop()
  } else
    await engine.call(server, 'add', entry, { timeout: TIMEOUT }).then(
      () => {
        console.log(`acknowledged ${entry}`)
      },
      (error: unknown) => {
        console.log(`refused ${entry} ${messageOf(error).replaceAll('\n', ' ')}`)
      },
    )
}
