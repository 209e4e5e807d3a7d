import type { Type } from '@nestjs/common'
import type { DiscoveryService } from '@nestjs/core'
import { handlingsOf, listensOf, serverOf } from '../metadata.js'

/** A provider, as Nest holds it. Until injection is done its instance is asked for anew: it may be a proxy, or be replaced. */
export type Provider = ReturnType<DiscoveryService['getProviders']>[number]

// Asked of values that are not ours, so nothing of them is touched but their prototype.
const constructorOf = (instance: unknown): unknown => {
  if (typeof instance !== 'object' || instance === null) return undefined
  try {
    return (Object.getPrototypeOf(instance) as object | null)?.constructor
  } catch {
    return undefined
  }
}

/** Is it made by `useFactory` or given by `useValue`? */
export const isBuiltByFactory = (provider: Provider): boolean => provider.isNotMetatype

/** The class of what is provided; `undefined` when it is not known yet, or there is none. */
const ownClassOf = (provider: Provider): unknown =>
  isBuiltByFactory(provider) ? constructorOf(provider.instance) : provider.metatype

const classWith = (provider: Provider, has: (target: unknown) => boolean): Type | undefined => {
  if (provider.isAlias) return undefined
  return [ownClassOf(provider), provider.token].find(has) as Type | undefined
}

/** The server's class: that of the instance, or the token that stands for it, as when a test overrides the provider. */
export const serverClassOf = (provider: Provider): Type | undefined =>
  classWith(provider, target => serverOf(target) !== undefined)

export const listenerClassOf = (provider: Provider): Type | undefined =>
  classWith(provider, target => listensOf(target) !== undefined)

/** A class with decorated methods, server or not. */
export const handlingClassOf = (provider: Provider): Type | undefined => {
  const target = provider.isAlias ? undefined : ownClassOf(provider)
  return typeof target === 'function' && handlingsOf(target as Type).length > 0 ? (target as Type) : undefined
}

/** `Cart in ShopModule`, for errors. */
export const placeOf = (provider: Provider, target: Type): string =>
  `${target.name} in ${provider.host?.name ?? 'a module'}`
