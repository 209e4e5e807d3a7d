// A whole program: a server fills the heap at once, in a thread or in a process, as its argument says.

import { Engine } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

const isolation = process.argv[2] as 'thread' | 'process'
const entry = new URL('./hosted.js', import.meta.url)
const resourceLimits = { maxOldGenerationSizeMb: 64 }
const engine = new Engine({ isolation: { entry, resourceLimits, spares: 0 }, init: { timeout: 60_000 } })
const state = { n: 1, seen: new Map() }
const server = await engine.start({ name: 'counter', state, callbacks, isolation })
await server.call('hugeArray', undefined, { timeout: Infinity }).catch(() => undefined)
console.log(await server.call('read', undefined, { timeout: 60_000 }))
await engine.close()
