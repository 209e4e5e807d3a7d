// A whole program whose group is interrupted, as by Ctrl-C, while a handler runs in a process of it.

import { Engine } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

const entry = new URL('./hosted.js', import.meta.url)
const engine = new Engine({ isolation: { entry }, init: { timeout: 60_000 } })
const state = { n: 1, seen: new Map() }
const server = await engine.start({ name: 'counter', state, callbacks, isolation: 'process' })
await server.call('read')
process.once('SIGINT', () => {
  setTimeout(() => void engine.close(), 0)
})
const sleeps = server.call('sleep', 1_000)
console.log('sleeps')
console.log(await sleeps)
