import { wayTo } from '../data/transfer.js'
import { badTimeout } from '../timeout.js'
import { BadOptionError, CallAbortedError, NotDataError } from '../errors.js'
import { Envelope, type MessageKind } from '../mailbox/envelope.js'
import type { CallOptions } from '../ref.js'
import { requestOf, type Request } from '../requests/requests.js'
import { gate } from './gate.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/** The payload as it is sent: a copy of its own. Throws `NotDataError`. */
export const copyPayload = (
  { data, address, settings }: Home,
  message: string,
  payload: unknown,
): unknown => {
  try {
    const copy = data.copy(payload)
    if (settings.isolation.level === 'process') refusePorts(copy)
    return copy
  } catch (error) {
    throw error instanceof NotDataError ? error.inPayload(address, message) : error
  }
}

const refusePorts = (payload: unknown): void => {
  const way = wayTo(payload, ({ isPort }) => isPort)
  if (way !== undefined)
    throw new NotDataError(
      'a MessagePort',
      way,
      'It cannot leave its process: isolate the server in a thread.',
    )
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

const DEFAULTS: CallOptions = {}

/** Sends a call to a server, or to one life of it. */
export const call = (
  home: Home,
  message: string,
  payload: unknown,
  options: CallOptions | undefined,
  life?: Incarnation,
): Promise<unknown> => {
  const { timeout = 5_000, signal, id } = options ?? DEFAULTS
  const problem =
    gate(home, 'call', message, life) ??
    (options === undefined ? undefined : badOptions(home, timeout, signal))
  if (problem !== undefined) return Promise.reject(problem)
  if (signal?.aborted === true)
    return Promise.reject(new CallAbortedError(home.address, message, signal.reason, false))
  let copy: unknown
  let request: Request | undefined
  try {
    copy = copyPayload(home, message, payload)
    if (id !== undefined) request = requestOf(`a call to '${home.address}'`, id, copy, home.data)
  } catch (error) {
    return Promise.reject(error)
  }
  const { waiting, deadlines } = home.environment
  const cycle = waiting.isOn ? waiting.cycle(home, message) : undefined
  if (cycle !== undefined) return Promise.reject(cycle)
  const envelope = new Envelope(home, 'call', message, copy, life?.number)
  envelope.request = request
  const answer = envelope.answer()
  if (waiting.isOn) waiting.add(envelope)
  deadlines.add(envelope, timeout)
  if (signal !== undefined) listen(envelope, signal, home.address)
  home.environment.deliver(envelope)
  return answer
}

/** Sends a message that nobody waits for. What cannot be taken becomes a dead letter. */
export const tell = (
  home: Home,
  kind: Exclude<MessageKind, 'call' | 'continue'>,
  message: string,
  payload: unknown,
  life?: Incarnation,
): void => {
  const problem = gate(home, kind, message, life)
  const envelope = new Envelope(home, kind, message, copyPayload(home, message, payload), life?.number)
  if (problem === undefined) home.environment.deliver(envelope)
  else home.deadLetter(envelope, problem)
}
