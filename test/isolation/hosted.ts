import { hostServers } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

hostServers({ counter: { callbacks }, neighbour: { callbacks }, third: { callbacks } })
