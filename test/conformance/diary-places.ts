import { hostServers } from 'nestjs-peeper/engine'
import { diary, Refused } from './diary.js'

/** What the threads and processes run that diaries live in. */
export const places = hostServers(import.meta.url, { diary: { callbacks: diary, refuses: [Refused] } })
