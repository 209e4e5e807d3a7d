import { Engine } from '../../engine/engine.js'
import type { Host } from '../../engine/isolation/host.js'
import { RemoteRef } from '../../engine/isolation/remote-ref.js'
import { MainSideOnlyError } from '../errors.js'

/** An instance of this class where servers are hosted: what is `here` of it. All else is on the main side alone, and says so when it is asked for. */
export const mainSideBut = <T extends object>(
  { prototype }: { readonly prototype: T },
  whose: string,
  here: object,
): T =>
  new Proxy(here, {
    get: (target, member): unknown => {
      if (typeof member === 'string' && !(member in target) && member in prototype)
        throw new MainSideOnlyError(whose, member)
      return Reflect.get(target, member) as unknown
    },
  }) as T

/** A server of the main side, by its name or `name/key`. */
export const remote = (host: Host, address: string): RemoteRef => {
  const at = address.indexOf('/')
  return at < 0
    ? new RemoteRef(host, { name: address, key: undefined })
    : new RemoteRef(host, { name: address.slice(0, at), key: address.slice(at + 1) })
}

/** The engine of the main side, as far as it reaches here. */
export const remoteEngine = (host: Host): Engine =>
  mainSideBut(Engine, 'the engine', {
    resolve: (address: string) => remote(host, address),
    call: (...[name, ...rest]: Parameters<Engine['call']>) => remote(host, name).call(...rest),
    cast: (...[name, ...rest]: Parameters<Engine['cast']>) => {
      remote(host, name).cast(...rest)
    },
    send: (...[name, ...rest]: Parameters<Engine['send']>) => remote(host, name).send(...rest),
  })
