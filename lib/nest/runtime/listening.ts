import type { Listener } from '../../engine/listener/listener.js'
import { checkSingleton } from '../discovery/singleton.js'
import type { Explorer, FoundListener, FoundServer } from '../discovery/explorer.js'
import type { Provider } from '../discovery/provider.js'
import { NotProvidedError } from '../errors.js'
import type { ListenerRef } from '../options.js'

type Refs = ListenerRef | readonly ListenerRef[] | undefined

const hears = ({ to }: FoundListener, { name, target }: FoundServer): boolean =>
  to === undefined ||
  to === name ||
  to === target ||
  (typeof to === 'function' && target.prototype instanceof to)

const toldThrough = (provider: Provider): Listener => {
  const listener = (): Listener => provider.instance as Listener
  return {
    onStateChanged: (old, next, meta) => listener().onStateChanged?.(old, next, meta),
    onTerminate: (reason, state, meta) => listener().onTerminate?.(reason, state, meta),
  }
}

/** All who listen to one server: its own option, the providers under `@PeeperListener()`, `forRoot`'s. A provider is told once. */
export const listenersOf = (server: FoundServer, own: Refs, all: Refs, explorer: Explorer): Listener[] => {
  const found = explorer.listeners().filter(listener => hears(listener, server))
  const providers = new Set(found.map(({ provider }) => provider))
  const objects: Listener[] = []
  for (const ref of [own ?? [], all ?? []].flat<(ListenerRef | readonly ListenerRef[])[]>()) {
    if (typeof ref !== 'function') {
      objects.push(ref)
      continue
    }
    const provider = explorer.providerOf(ref)
    if (provider === undefined) throw new NotProvidedError(ref, `the listener of '${server.name}'`)
    providers.add(provider)
  }
  return [...objects, ...[...providers].map(toldThrough)]
}

/** Throws unless each listener has one instance for good. */
export const checkListeners = (explorer: Explorer): void => {
  for (const { provider, target } of explorer.listeners()) checkSingleton(provider, target)
}
