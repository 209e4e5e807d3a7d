import { isBuiltByFactory, type Provider } from './provider.js'
import { dependenciesOf } from './singleton.js'

/**
 * May the handlers of this class call a server? They cannot if all it injects is made by Nest from classes, down to those that inject
 * nothing. What a factory or a value holds is not known, so it may be a client; those of `forFeature` are made by a factory.
 */
export const reachesServers = (provider: Provider, seen = new Set<Provider>()): boolean => {
  if (seen.has(provider)) return false
  seen.add(provider)
  if (isBuiltByFactory(provider)) return true
  const dependencies = dependenciesOf(provider)
  return dependencies.length < injectedBy(provider) || dependencies.some(each => reachesServers(each, seen))
}

/** How many things its class injects: more than are known until injection is done. */
const injectedBy = ({ metatype }: Provider): number => {
  if (typeof metatype !== 'function') return 1
  const parameters = Reflect.getMetadata('design:paramtypes', metatype) as readonly unknown[] | undefined
  const properties = Reflect.getMetadata('self:properties_metadata', metatype) as
    readonly unknown[] | undefined
  return (parameters?.length ?? metatype.length) + (properties?.length ?? 0)
}
