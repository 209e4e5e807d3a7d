import type { GivenReason } from '../exit.js'
import type { CallOptions, Ref } from '../ref.js'
import type { Incarnation } from './incarnation.js'
import { call, tell } from './sending.js'
import type { Server } from './server.js'

/** One life of a server: what is sent to it fails once it is dead, and is never handled by the next. */
export class WorkerRef implements Ref {
  constructor(
    private readonly server: Server,
    private readonly life: Incarnation,
  ) {}

  /** The number of this life. */
  get worker(): number {
    return this.life.number
  }

  get name(): string {
    return this.server.name
  }

  get key(): string | undefined {
    return this.server.key
  }

  call(message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return call(this.server.home, message, payload, options, this.life)
  }

  cast(message: string, payload?: unknown): void {
    tell(this.server.home, 'cast', message, payload, this.life)
  }

  send<M extends string>(message: M, payload?: unknown): M {
    tell(this.server.home, 'info', message, payload, this.life)
    return message
  }

  exit(reason: GivenReason): void {
    if (this.server.home.life === this.life) this.server.exit(reason)
  }
}
