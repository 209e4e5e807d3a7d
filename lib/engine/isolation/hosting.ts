import type { DeclaredType } from '../data/types.js'
import type { Callbacks } from '../worker/callbacks.js'
import { programOf, type Refusal } from '../worker/program.js'
import { Host } from './host.js'
import { parent } from './site/parent.js'

/** What {@link hostServers} is given of one server: its callbacks, and the `types`, `refuses` and `version` that it is started with elsewhere. */
export interface HostedServer {
  readonly callbacks: Callbacks
  readonly types?: readonly DeclaredType[]
  readonly refuses?: readonly Refusal[]
  readonly version?: number
}

/**
 * Hosts callbacks for the isolated servers of another thread or process, by their names. To be called once, in the file that `isolation.entry` names; a
 * keyed server is hosted by the name of its family. In Nest use `peeperWorker`.
 *
 * @example
 * hostServers({ pricing: { callbacks: { call: { price: (state: unknown, grams: number) => 4 + 0.2 * grams } } } })
 */
export const hostServers = (servers: Readonly<Record<string, HostedServer>>): void => {
  const host = hostHere()
  if (host === undefined)
    throw new Error('hostServers() is for the file that a thread or a process of an engine runs')
  const programs = new Map(
    Object.entries(servers).map(([name, server]) => [name, programOf(server.callbacks, server)]),
  )
  host.serve(name => programs.get(name))
}

/** The host of this thread or process, if it was opened to host servers: for `entry`, or whatever it was opened for. */
export const hostHere = (entry?: string): Host | undefined => {
  const there = parent()
  if (there === undefined || (entry !== undefined && there.entry !== entry)) return undefined
  const host = new Host(bytes => {
    there.post(bytes)
  })
  there.listen(bytes => {
    host.receive(bytes)
  })
  return host
}
