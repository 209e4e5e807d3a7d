import { Scope, type Type } from '@nestjs/common'
import { NotSingletonError } from '../errors.js'
import type { Provider } from './provider.js'

/** What is injected into it, as far as that is done. */
export const dependenciesOf = (provider: Provider): Provider[] => [
  ...((provider.getCtorMetadata() as (Provider | undefined)[] | undefined) ?? []).filter(
    each => each !== undefined,
  ),
  ...((provider.getPropertiesMetadata() as { wrapper: Provider }[] | undefined) ?? []).map(
    ({ wrapper }) => wrapper,
  ),
]

/** The way to what is request-scoped: `Cart → PriceService → Request`. */
const wayToRequest = (provider: Provider, seen = new Set<Provider>()): string[] | undefined => {
  seen.add(provider)
  if (provider.scope === Scope.REQUEST) return [String(provider.name)]
  for (const dependency of dependenciesOf(provider)) {
    const way = seen.has(dependency) ? undefined : wayToRequest(dependency, seen)
    if (way !== undefined) return [String(provider.name), ...way]
  }
  return undefined
}

/** Throws unless there is one instance for good. To be asked once dependency injection is done. */
export const checkSingleton = (provider: Provider, target: Type): void => {
  if (provider.isTransient) throw new NotSingletonError(target, 'it is transient')
  if (provider.isDependencyTreeStatic()) return
  const way = wayToRequest(provider) ?? [target.name]
  throw new NotSingletonError(
    target,
    way.length > 1 ? `what it injects is request-scoped (${way.join(' → ')})` : 'it is request-scoped',
  )
}
