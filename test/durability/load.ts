// node load.js <folder> <durability> <round>: a process under load, to be killed. It prints what was acknowledged: `server n id`.

import { writeSync } from 'node:fs'
import { open } from './servers.js'

const [path = '', durability = 'power', round = '0'] = process.argv.slice(2)
const { named, keyed, keys } = await open(path, durability as 'power' | 'process')
const servers = [...named, ...keys.map(key => keyed.for(key))]

const CLIENTS = 3

/** Sends for ever. Who is answered knows that all it sent before to this server has happened. */
const client = async (server: (typeof servers)[number], name: string, number: number): Promise<void> => {
  for (let count = 0; ; count += 1) {
    const id = `${round}.${number}.${count}`
    const casts = count % 3 === 0 ? [`${id}.cast`] : []
    for (const cast of casts) server.cast('add', cast)
    await server.call('add', id)
    writeSync(1, [...casts, id].map(acknowledged => `${name} ${acknowledged}\n`).join(''))
  }
}

writeSync(1, 'ready\n')
await Promise.all(
  servers.flatMap((server, i) =>
    Array.from({ length: CLIENTS }, (_, number) =>
      client(server, i < named.length ? named[i]!.name : `keyed/${keys[i - named.length]!}`, number),
    ),
  ),
)
