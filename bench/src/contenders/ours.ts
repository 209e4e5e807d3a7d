// Ours, as a Nest application has it: a module, a class under @PeeperServer, its client.
// Imported by a trial of ours as it runs: no process holds what it does not measure.

import 'reflect-metadata'
import { Logger, Module, type Provider, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { getPeeperToken, Peeper, PeeperModule, type PeeperClient } from 'nestjs-peeper'

/** A running application. */
export interface House<T> {
  readonly client: PeeperClient<T>
  readonly peeper: Peeper
  /** One more server of the class, with a name of its own. */
  readonly more: (state?: unknown) => Promise<PeeperClient<T>>
  readonly get: <P>(provider: Type<P>) => P
}

/** Starts an application with a server of this class. */
export const house = async <T>(server: Type<T>, ...providers: Provider[]): Promise<House<T>> => {
  @Module({
    imports: [PeeperModule.forRoot({ logger: false }), PeeperModule.forFeature([server])],
    providers: [server, ...providers],
  })
  class BenchModule {}

  Logger.overrideLogger(false)
  const app = await NestFactory.createApplicationContext(BenchModule)
  const peeper = app.get(Peeper)
  let started = 0
  return {
    client: app.get<PeeperClient<T>>(getPeeperToken(server)),
    peeper,
    more: state =>
      peeper.start(server, {
        name: `${server.name}-${(started += 1)}`,
        ...(state === undefined ? {} : { state }),
      }),
    get: provider => app.get(provider),
  }
}

export * from './servers.js'
