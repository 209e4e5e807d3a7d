// node http-server.js <ours | bare>: the controller of the HTTP sample, before a server of ours or before an object with async methods.
// It tells its address, and ends with the process that started it.

import 'reflect-metadata'
import { Logger, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { getPeeperToken, Peeper } from 'nestjs-peeper'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './root.js'

const fromSample = async (file: string): Promise<Record<string, Type>> =>
  (await import(pathToFileURL(join(ROOT, 'sample/01-counter/dist', file)).href)) as Record<string, Type>

/** What the controller calls, with nothing behind it. */
class BareCounter {
  private value = 0

  async call(message: 'read' | 'increment', by = 0): Promise<number> {
    return message === 'read' ? this.value : (this.value += by)
  }
}

const bare = async (): Promise<Type> => {
  const { CounterController } = await fromSample('counter.controller.js')
  const { Counter } = await fromSample('counter.server.js')
  @Module({
    controllers: [CounterController as Type],
    providers: [
      { provide: getPeeperToken(Counter as Type), useClass: BareCounter },
      { provide: Peeper, useValue: undefined },
    ],
  })
  class BareModule {}
  return BareModule
}

const ours = async (): Promise<Type> => (await fromSample('app.module.js')).AppModule as Type

process.once('disconnect', () => process.exit())
Logger.overrideLogger(['error']) // the sample logs each change
const app = await NestFactory.create(process.argv[2] === 'bare' ? await bare() : await ours())
await app.listen(0, '127.0.0.1')
process.send?.(await app.getUrl())
