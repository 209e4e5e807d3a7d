import { CallAbortedError } from '../errors.js'
import type { GivenReason } from '../exit.js'
import { addressOf } from '../identity.js'
import type { CallOptions, Ref } from '../ref.js'
import type { Host } from './host.js'

/** A server of the main side, seen from here. */
export class RemoteRef implements Ref {
  readonly name: string
  readonly key: string | undefined

  constructor(
    private readonly host: Host,
    { name, key }: { readonly name: string; readonly key: string | undefined },
  ) {
    this.name = name
    this.key = key
  }

  // A signal stays on this side.
  call(message: string, payload?: unknown, { signal, ...options }: CallOptions = {}): Promise<unknown> {
    const address = addressOf(this)
    if (signal?.aborted === true)
      return Promise.reject(new CallAbortedError(address, message, signal.reason, false))
    const answer = this.host.ask({ to: 'call', address, message, payload, options })
    if (signal === undefined) return answer
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(new CallAbortedError(address, message, signal.reason, true))
      }
      signal.addEventListener('abort', abort, { once: true })
      answer.then(resolve, reject).finally(() => {
        signal.removeEventListener('abort', abort)
      })
    })
  }

  cast(message: string, payload?: unknown): void {
    this.host.tell({ to: 'cast', address: addressOf(this), message, payload })
  }

  send<M extends string>(message: M, payload?: unknown): M {
    this.host.tell({ to: 'info', address: addressOf(this), message, payload })
    return message
  }

  exit(reason: GivenReason): void {
    this.host.tell({ to: 'exit', address: addressOf(this), message: '', payload: reason })
  }
}
