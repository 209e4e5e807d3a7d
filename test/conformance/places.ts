import { hostServers } from 'nestjs-peeper/engine'
import { types } from '../support/samples.js'
import { album, gallery, nextAlbum } from './album.js'
import { diary, Refused } from './diary.js'

const refuses = [Refused]

/** What the threads and processes run that these live in. */
export const places = hostServers(import.meta.url, {
  diary: { callbacks: diary, refuses },
  album: { callbacks: album, refuses },
  gallery: { callbacks: gallery, types },
  'next album': { callbacks: nextAlbum, refuses, version: 2 },
})
