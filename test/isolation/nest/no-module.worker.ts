import { peeperWorker } from 'nestjs-peeper'

export const noModule = peeperWorker(import.meta.url, () => Promise.resolve({ nothing: class Nothing {} }))
