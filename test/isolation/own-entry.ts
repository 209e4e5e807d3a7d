// A whole program that is its own entry file: each thread of it would open the next one.

import { Engine, hostServers } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

const entry = hostServers(import.meta.url, { counter: { callbacks } })
const engine = new Engine({ isolation: { entry }, init: { retries: 0 } })
const state = { n: 1, seen: new Map() }
await engine.start({ name: 'counter', state, callbacks, isolation: 'thread' })
