import type { Type } from '@nestjs/common'
import type { Engine } from '../../engine/engine.js'
import type { Server } from '../../engine/server/server.js'
import type { Families } from '../client/peeper-clients.js'
import type { Servers } from '../client/peeper-client.js'
import type { ServerRef } from '../metadata.js'

/** The servers of an application, whether they run here or are hosted for another thread. */
export interface Runtime extends Servers, Families {
  /** The engine, with all servers declared that are known by now. */
  readonly engine: Engine
  /** The name of the keyed servers of a class. @throws NotAServerError, NotProvidedError, BadOptionError */
  keyedName(server: ServerRef, asked: string): string
  /** A class whose client is injected somewhere. */
  feature(target: Type): void
  /** All instances are there: what can only be checked now is. */
  complete(): void
  start(): Promise<void>
  close(): Promise<void>
  /** One more server of a class, or one that has ended again. */
  startServer(target: Type, given: unknown): Promise<Server>
}
