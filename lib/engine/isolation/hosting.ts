import type { DeclaredType } from '../data/types.js'
import type { Callbacks } from '../worker/callbacks.js'
import { programOf, type Refusal } from '../worker/program.js'
import { Contexts, type CarriedContexts } from './contexts.js'
import { Host } from './host.js'
import { hrefOf, parent } from './site/parent.js'
import { warmUp } from './warm-up.js'

/** What {@link hostServers} is given of one server: its callbacks, and the `types`, `refuses` and `version` that it is started with elsewhere. */
export interface HostedServer {
  readonly callbacks: Callbacks
  readonly types?: readonly DeclaredType[]
  readonly refuses?: readonly Refusal[]
  readonly version?: number
}

/**
 * The entry file of isolated servers, without Nest: what their threads and processes run. It hosts these callbacks there, by the names of the servers; a keyed
 * server is hosted by the name of its family. `contexts` are those of `isolation.contexts`. Returns what `isolation.entry` takes; on the main side it does nothing else. In Nest use `peeperWorker`.
 *
 * @example
 * const callbacks = { call: { price: (state: unknown, grams: number) => 4 + 0.2 * grams } }
 * export const pricing = hostServers(import.meta.url, { pricing: { callbacks } })
 */
export const hostServers = (
  file: string | URL,
  servers: Readonly<Record<string, HostedServer>>,
  { contexts }: { readonly contexts?: CarriedContexts } = {},
): URL => {
  const entry = hrefOf(file)
  const programs = new Map(
    Object.entries(servers).map(([name, server]) => [name, programOf(server.callbacks, server)]),
  )
  hostHere(entry, contexts)?.serve(name => programs.get(name))
  return new URL(entry)
}

/** The host of this thread or process, if it was opened to run this file. */
export const hostHere = (entry: string, contexts: CarriedContexts | undefined): Host | undefined => {
  const there = parent()
  if (there?.entry !== entry) return undefined
  warmUp()
  const host = new Host(
    (...sent) => {
      post(...sent)
    },
    there.moves,
    new Contexts(contexts),
  )
  process.once('exit', () => {
    host.exits()
  })
  const post = there.listen(host.receive)
  return host
}
