import { peeperWorker } from 'nestjs-peeper'
import { contexts } from './trace.js'

export const traced = peeperWorker(import.meta.url, () => import('./traced.module.js'), { contexts })
