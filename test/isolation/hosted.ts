import { hostServers } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'
import { Graph } from './graph.js'
import { notes } from './notes.js'

hostServers(import.meta.url, {
  counter: { callbacks, types: [Graph] },
  neighbour: { callbacks },
  third: { callbacks },
  notes: { callbacks: notes },
})
