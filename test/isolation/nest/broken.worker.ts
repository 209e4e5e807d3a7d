import { Injectable, Module } from '@nestjs/common'
import { peeperWorker } from 'nestjs-peeper'

@Injectable()
class Broken {
  constructor() {
    throw new Error('no connection to the rates')
  }
}

@Module({ providers: [Broken] })
class BrokenModule {}

export const broken = peeperWorker(import.meta.url, () => Promise.resolve(BrokenModule), { logger: false })
