import { hostServers } from 'nestjs-peeper/engine'
import { callbacks, contextsOf, Money } from './contexts.js'

const servers = { plain: { callbacks }, rich: { callbacks, types: [Money] } }

hostServers(import.meta.url, servers, { contexts: contextsOf('there') })
