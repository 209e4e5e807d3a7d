import { peeperWorker } from 'nestjs-peeper'

export const labs = peeperWorker(import.meta.url, () => import('./lab.module.js'))
