import { peeperWorker } from 'nestjs-peeper'

export const untraced = peeperWorker(import.meta.url, () => import('./traced.module.js'))
