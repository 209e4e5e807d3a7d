import { hostServers } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

hostServers(import.meta.url, { counter: { callbacks }, neighbour: { callbacks }, third: { callbacks } })
