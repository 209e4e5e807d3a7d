import { BadOptionError, CallAbortedError } from '../errors.js'
import { textOf, type GivenReason } from '../exit.js'
import { addressOf } from '../identity.js'
import type { CallOptions, Ref } from '../ref.js'
import { badTimeout } from '../timeout.js'
import type { Telling } from './frames.js'
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
  call(message: string, payload?: unknown, { signal, timeout, id }: CallOptions = {}): Promise<unknown> {
    const address = addressOf(this)
    const problem =
      badName(address, message) ??
      (timeout === undefined ? undefined : badTimeout(`a call to '${address}'`, timeout))
    if (problem !== undefined) return Promise.reject(problem)
    if (signal?.aborted === true)
      return Promise.reject(new CallAbortedError(address, message, signal.reason, false))
    let copy: unknown
    try {
      copy = this.host.here.out(payload)
    } catch (error) {
      return Promise.reject(error)
    }
    const options = { ...(timeout !== undefined && { timeout }), ...(id !== undefined && { id: textOf(id) }) }
    const answer = this.host.ask({ to: 'call', address, message, payload: copy, options })
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
    this.tell('cast', message, this.host.here.out(payload))
  }

  send<M extends string>(message: M, payload?: unknown): M {
    this.tell('info', message, this.host.here.out(payload))
    return message
  }

  exit(reason: GivenReason): void {
    this.tell('exit', '', this.host.here.thrown(reason))
  }

  private tell(to: Telling['to'], message: string, payload: unknown): void {
    const problem = badName(addressOf(this), message)
    if (problem !== undefined) throw problem
    this.host.tell({ to, address: addressOf(this), message, payload })
  }
}

// What is no data is refused here: a symbol, say.
const badName = (address: string, message: unknown): Error | undefined =>
  typeof message === 'string'
    ? undefined
    : new BadOptionError(`a message to '${address}'`, 'name', message, 'a string')
