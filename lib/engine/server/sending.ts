import { BadOptionError, CallAbortedError, NotDataError } from '../errors.js'
import type { Envelope } from '../mailbox/envelope.js'
import type { Home } from './home.js'

/** The payload as it is sent: a copy of its own. Throws `NotDataError`. */
export const copyPayload = ({ data, address }: Home, message: string, payload: unknown): unknown => {
  try {
    return data.copy(payload)
  } catch (error) {
    throw error instanceof NotDataError ? error.inPayload(address, message) : error
  }
}

/** What is wrong with the options of a call, if anything is. */
export const badOptions = (
  { address }: Home,
  timeout: number,
  signal: AbortSignal | undefined,
): Error | undefined => {
  const where = `a call to '${address}'`
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    return new BadOptionError(where, 'signal', signal, 'an AbortSignal')
  return badTimeout(where, timeout)
}

/** What is wrong with a time to wait, if anything is. */
export const badTimeout = (where: string, timeout: number, option = 'timeout'): Error | undefined =>
  typeof timeout === 'number' && timeout >= 0
    ? undefined
    : new BadOptionError(where, option, timeout, 'a number of milliseconds, 0 or more')

/** Gives the call up when its caller's signal aborts. */
export const listen = (envelope: Envelope, signal: AbortSignal, address: string): void => {
  const abort = (): void => {
    envelope.fail(new CallAbortedError(address, envelope.name, signal.reason, true))
  }
  signal.addEventListener('abort', abort, { once: true })
  envelope.unlisten = () => {
    signal.removeEventListener('abort', abort)
  }
}
