// An entry file that takes its time.

import { hostServers } from 'nestjs-peeper/engine'
import { callbacks } from './callbacks.js'

await new Promise(resolve => setTimeout(resolve, 1_500))
hostServers(import.meta.url, { counter: { callbacks } })
