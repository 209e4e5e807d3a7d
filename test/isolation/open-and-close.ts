// A whole program: it ends when its engine has closed, for its thread has ended then.

import { Engine } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

const entry = new URL('./hosted.js', import.meta.url)
const engine = new Engine({ isolation: { entry }, init: { timeout: 60_000 } })
const state = { n: 1, seen: new Map() }
const server = await engine.start({ name: 'counter', state, callbacks, isolation: 'thread' })
console.log(await server.call('read'))
await engine.close()
