import 'reflect-metadata'
import type { Type } from '@nestjs/common'
import type { MessageKind } from '../engine/mailbox/envelope.js'
import { NotAServerError } from './errors.js'
import type { PeeperServerOptions, PeeperSupervisorOptions } from './options.js'

/** What a method of a callback module can be: a handler of messages, or a step in a server's life. */
export type Role = MessageKind | 'init' | 'terminate' | 'codeChange' | 'formatStatus'

/** One decorated method. */
export interface Handling {
  readonly role: Role
  /** The message it takes; of a step in the server's life, the role itself; of a step of a code change, the version it leads from. */
  readonly message: string
  readonly method: string
}

/** A server's options, with the name settled. */
export type DeclaredServer = PeeperServerOptions & { readonly name: string }

/** A supervisor's options, with the name settled. */
export type DeclaredSupervisor = PeeperSupervisorOptions & { readonly name: string }

const SERVER = 'peeper:server'
const SUPERVISOR = 'peeper:supervisor'
const HANDLINGS = 'peeper:handlings'
const LISTENS = 'peeper:listens'

/** A server, by its class under `@PeeperServer()` or by its name. */
export type ServerRef = Type | string

export const markServer = (target: object, server: DeclaredServer): void => {
  Reflect.defineMetadata(SERVER, server, target)
}

/** What `@PeeperServer()` says of a class or of one it extends. */
export const serverOf = (target: unknown): DeclaredServer | undefined =>
  typeof target === 'function'
    ? (Reflect.getMetadata(SERVER, target) as DeclaredServer | undefined)
    : undefined

export const markSupervisor = (target: object, supervisor: DeclaredSupervisor): void => {
  Reflect.defineMetadata(SUPERVISOR, supervisor, target)
}

/** What `@PeeperSupervisor()` says of a class. A class that extends it is none. */
export const supervisorOf = (target: unknown): DeclaredSupervisor | undefined =>
  typeof target === 'function'
    ? (Reflect.getOwnMetadata(SUPERVISOR, target) as DeclaredSupervisor | undefined)
    : undefined

/** The name of a server, by its class or as it is. `asked`: who asks, for the error. */
export const serverNameOf = (server: ServerRef | undefined, asked: string): string => {
  if (typeof server === 'string') return server
  const declared = serverOf(server)
  if (declared === undefined) throw new NotAServerError(server, asked)
  return declared.name
}

export const markHandling = (prototype: object, handling: Handling): void => {
  const own = (Reflect.getOwnMetadata(HANDLINGS, prototype) ?? []) as readonly Handling[]
  Reflect.defineMetadata(HANDLINGS, [...own, handling], prototype)
}

/** All decorated methods of a class, those it inherits included, each once. */
export const handlingsOf = (target: Type): Handling[] => {
  const found: Handling[] = []
  for (
    let at = target.prototype as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const own = (Reflect.getOwnMetadata(HANDLINGS, at) ?? []) as readonly Handling[]
    const isNew = ({ role, message, method }: Handling): boolean =>
      !found.some(each => each.role === role && each.message === message && each.method === method)
    found.push(...own.filter(isNew))
  }
  return found
}

/** Whom a listener listens to: one server, or all. */
export interface Listens {
  readonly to: ServerRef | undefined
}

export const markListener = (target: object, listens: Listens): void => {
  Reflect.defineMetadata(LISTENS, listens, target)
}

export const listensOf = (target: unknown): Listens | undefined =>
  typeof target === 'function' ? (Reflect.getMetadata(LISTENS, target) as Listens | undefined) : undefined
