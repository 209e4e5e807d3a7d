import { parentPort } from 'node:worker_threads'
import type { DeclaredType } from '../data/types.js'
import type { Callbacks } from '../worker/callbacks.js'
import { programOf, type Program, type Refusal } from '../worker/program.js'
import { Host } from './host.js'

/** What {@link hostServers} is given of one server: its callbacks, and the `types`, `refuses` and `version` that it is started with elsewhere. */
export interface HostedServer {
  readonly callbacks: Callbacks
  readonly types?: readonly DeclaredType[]
  readonly refuses?: readonly Refusal[]
  readonly version?: number
}

/**
 * Hosts callbacks for the isolated servers of another thread, by their names. To be called once, in the file that `isolation.entry` names; a keyed
 * server is hosted by the name of its family.
 *
 * @example
 * hostServers({ pricing: { callbacks: { call: { price: (state: unknown, grams: number) => 4 + 0.2 * grams } } } })
 */
export const hostServers = (servers: Readonly<Record<string, HostedServer>>): void => {
  const port = parentPort
  if (port === null) throw new Error('hostServers() is for the file that a thread of an engine runs')
  const programs = new Map(
    Object.entries(servers).map(([name, server]) => [name, programOf(server.callbacks, server)]),
  )
  const find = (name: string): Program | undefined => programs.get(name)
  const host = new Host(find, bytes => {
    port.postMessage(bytes, [bytes.buffer as ArrayBuffer])
  })
  port.on('message', (bytes: Uint8Array) => {
    host.receive(bytes)
  })
}
