// A whole program, to be killed: a process of it is in an endless loop, another one idle.

import { Engine } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

const entry = new URL('./hosted.js', import.meta.url)
const engine = new Engine({ isolation: { entry, processes: 2, spares: 1 }, init: { timeout: 60_000 } })
const state = { n: 1, seen: new Map() }
const names = ['counter', 'neighbour']
for (const name of names) await engine.start({ name, state, callbacks, isolation: 'process' })
const where = await Promise.all(
  names.map(name => engine.call(name, 'where', undefined, { timeout: Infinity })),
)
engine.cast('counter', 'hang')
console.log(JSON.stringify(where.map(place => (place as number[])[0])))
