import { hostServers } from 'nestjs-peeper/engine'
import { album, nextAlbum } from './album.js'
import { diary, Refused } from './diary.js'

const refuses = [Refused]

/** What the threads and processes run that these live in. */
export const places = hostServers(import.meta.url, {
  diary: { callbacks: diary, refuses },
  album: { callbacks: album, refuses },
  'next album': { callbacks: nextAlbum, refuses, version: 2 },
})
