import type { Type } from '@nestjs/common'
import { EnhancerSkippedError } from '../errors.js'
import type { Handling } from '../metadata.js'
import { isBuiltByFactory, type Provider } from './provider.js'

// Nest's own metadata keys: public in what they do, private in where they are exported from.
const ENHANCERS = {
  __guards__: '@UseGuards()',
  __pipes__: '@UsePipes()',
  __interceptors__: '@UseInterceptors()',
  __exceptionFilters__: '@UseFilters()',
} as const

const decoratorOn = (target: object | undefined): string | undefined => {
  if (target === undefined) return undefined
  return Object.entries(ENHANCERS).find(([key]) => Reflect.hasMetadata(key, target))?.[1]
}

const methodOf = (target: Type, name: string): object | undefined => {
  for (
    let at = target.prototype as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const value: unknown = Object.getOwnPropertyDescriptor(at, name)?.value
    if (typeof value === 'function') return value
  }
  return undefined
}

/** A guard that would silently not run is an open door: the start fails instead. */
export const checkEnhancers = (
  server: string,
  target: Type,
  handlings: readonly Handling[],
  provider: Provider,
): void => {
  const places: [string, object | undefined][] = [
    [`the class ${target.name}`, target],
    ...handlings.map(({ method }): [string, object | undefined] => [`'${method}'`, methodOf(target, method)]),
  ]
  for (const [where, place] of places) {
    const decorator = decoratorOn(place)
    if (decorator !== undefined)
      throw new EnhancerSkippedError(server, where, decorator, isBuiltByFactory(provider))
  }
}
