import { Injectable, type Type } from '@nestjs/common'
import { DiscoveryService } from '@nestjs/core'
import type { Callbacks } from '../../engine/worker/callbacks.js'
import { DuplicateServerError, HandlerOutsideServerError, NoHandlersError } from '../errors.js'
import {
  handlingsOf,
  listensOf,
  serverOf,
  supervisorOf,
  type DeclaredServer,
  type DeclaredSupervisor,
  type Listens,
} from '../metadata.js'
import { callbackModuleOf } from './callback-module.js'
import { checkEnhancers } from './enhancers.js'
import { handlingClassOf, listenerClassOf, placeOf, serverClassOf, type Provider } from './provider.js'

/** A provider that is a server. */
export interface FoundServer {
  readonly name: string
  readonly target: Type
  /** None of an isolated class that only its worker provides. */
  readonly provider: Provider | undefined
  readonly declared: DeclaredServer
  readonly callbacks: Callbacks
}

/** A provider under `@PeeperListener()`. */
export interface FoundListener extends Listens {
  readonly target: Type
  readonly provider: Provider
}

/** Finds servers and listeners among the providers of all modules, and what is wrong with them. */
@Injectable()
export class Explorer {
  private injected = false

  constructor(private readonly discovery: DiscoveryService) {}

  /** Injection is done: no instance is replaced any more. */
  complete(): void {
    this.injected = true
  }

  /** @throws NoHandlersError, DuplicateHandlerError, DuplicateServerError, HandlerOutsideServerError, EnhancerSkippedError */
  servers(): FoundServer[] {
    const found = new Map<string, FoundServer>()
    for (const provider of this.providers()) {
      const target = serverClassOf(provider)
      if (target === undefined) {
        this.checkNoHandlers(provider)
        continue
      }
      const server = this.inspect(provider, target)
      const other = found.get(server.name)
      if (other !== undefined) {
        const places = [other, server].map(each => placeOf(each.provider as Provider, each.target))
        throw new DuplicateServerError(server.name, places)
      }
      found.set(server.name, server)
    }
    for (const controller of this.discovery.getControllers()) this.checkNoHandlers(controller)
    return [...found.values()]
  }

  /** The supervisors declared by classes, in the order of the providers. */
  supervisors(): DeclaredSupervisor[] {
    const declared = this.providers().map(({ isAlias, metatype }) =>
      isAlias ? undefined : supervisorOf(metatype),
    )
    return [...new Set(declared.filter(each => each !== undefined))]
  }

  listeners(): FoundListener[] {
    return this.providers().flatMap(provider => {
      const target = listenerClassOf(provider)
      const listens = listensOf(target)
      return target === undefined || listens === undefined ? [] : [{ ...listens, target, provider }]
    })
  }

  /** The provider of a class. */
  providerOf(target: Type): Provider | undefined {
    return this.providers().find(({ token, isAlias }) => token === target && !isAlias)
  }

  private providers(): Provider[] {
    return this.discovery.getProviders()
  }

  /** A server whose class no module of this side provides: its handlers run where it is isolated. */
  elsewhere(target: Type): FoundServer {
    const declared = serverOf(target) as DeclaredServer
    const { name } = declared
    // What is shown of its state is made here: by the class, for there is no instance.
    const callbacks = callbackModuleOf(name, handlingsOf(target), () => target.prototype as unknown)
    return { name, target, provider: undefined, declared, callbacks }
  }

  private inspect(provider: Provider, target: Type): FoundServer {
    const declared = serverOf(target) as DeclaredServer
    const { name } = declared
    const handlings = handlingsOf(target)
    const handlesMessages = handlings.some(({ role }) => ['call', 'cast', 'info', 'continue'].includes(role))
    if (!handlesMessages) throw new NoHandlersError(name, target)
    checkEnhancers(name, target, handlings, provider)
    return {
      name,
      target,
      provider,
      declared,
      callbacks: callbackModuleOf(name, handlings, this.instanceOf(provider)),
    }
  }

  // Nest looks it up in a WeakMap, which each message would pay for.
  private instanceOf(provider: Provider): () => unknown {
    let settled: unknown
    return () => {
      if (settled !== undefined) return settled
      const instance: unknown = provider.instance
      if (this.injected) settled = instance
      return instance
    }
  }

  private checkNoHandlers(provider: Provider): void {
    const target = handlingClassOf(provider)
    if (target !== undefined)
      throw new HandlerOutsideServerError(target, handlingsOf(target)[0]?.method ?? '')
  }
}
