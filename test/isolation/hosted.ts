import { hostServers } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'
import { notes } from './notes.js'

hostServers(import.meta.url, {
  counter: { callbacks },
  neighbour: { callbacks },
  third: { callbacks },
  notes: { callbacks: notes },
})
