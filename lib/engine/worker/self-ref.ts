import { CallCycleError } from '../call-cycle-error.js'
import type { GivenReason } from '../exit.js'
import { addressOf } from '../identity.js'
import type { CallOptions, Ref } from '../ref.js'

/** `ctx.self`: the server itself, as one of its handlers sees it. A call would wait for that very handler, so it fails at once while that runs. */
export class SelfRef implements Ref {
  constructor(
    private readonly server: Ref,
    private readonly runs: () => boolean,
  ) {}

  get name(): string {
    return this.server.name
  }

  get key(): string | undefined {
    return this.server.key
  }

  call(message: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    if (!this.runs()) return this.server.call(message, payload, options)
    const address = addressOf(this.server)
    return Promise.reject(new CallCycleError([address, address], message))
  }

  cast(message: string, payload?: unknown): void {
    this.server.cast(message, payload)
  }

  send<M extends string>(message: M, payload?: unknown): M {
    return this.server.send(message, payload)
  }

  exit(reason: GivenReason): void {
    this.server.exit(reason)
  }
}
