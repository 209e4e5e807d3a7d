// node load.js <folder> <durability>: a process that waits for its round, tells what it finds in the store, and is then under load until it is killed.
// It reads `<round>` and prints `up`, `found <json>` of each server, `ready`, and then of each
// change `acknowledged <server> <id>` or `refused <server> <code of the error> <code of its cause>`.

import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { open, type Target } from './servers.js'

const [path = '', durability = 'power'] = process.argv.slice(2)

const CLIENTS = 3

const print = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`)
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
}

const codeOf = (error: unknown): string => String((error as { code?: string } | undefined)?.code)

/** Sends for ever. Who is answered knows that all it sent before to this server has happened, unless one of them was refused. */
const client = async ({ address, server }: Target, round: string, number: number): Promise<void> => {
  for (let count = 0; ; count += 1) {
    const id = `${round}.${number}.${count}`
    const casts = count % 3 === 0 && !isRefused ? [`${id}.cast`] : []
    for (const cast of casts) server.cast('add', cast)
    try {
      const message = (['addTwice', 'add', 'addReminded', 'add'] as const)[count % 4]!
      await server.call(message, id)
      const promised = message === 'addReminded' ? [id, `${id}.reminder`] : [id]
      const acknowledged = isRefused ? promised : [...casts, ...promised]
      print(acknowledged.map(each => `acknowledged ${address} ${each}`).join('\n'))
    } catch (error) {
      isRefused = true
      print(`refused ${address} ${codeOf(error)} ${codeOf((error as Error).cause)}`)
    }
  }
}
let isRefused = false

print('up')
const [round] = (await once(process.stdin, 'data')) as [Buffer]
const { targets } = await open(path, durability as 'power' | 'process')
for (const target of targets) print(`found ${JSON.stringify(await target.find())}`)
print('ready')
for (const { server } of targets) await server.call('tick', String(round))
await Promise.all(
  targets.flatMap(target =>
    Array.from({ length: CLIENTS }, (_, number) => client(target, String(round), number)),
  ),
)
