import { PeeperError } from '../engine/errors.js'

const nameOf = (target: unknown): string => {
  if (typeof target === 'function') return target.name || 'an anonymous class'
  return typeof target === 'symbol' ? target.toString() : String(target)
}

/** A class under `@PeeperServer()` that handles nothing. */
export class NoHandlersError extends PeeperError {
  readonly code = 'PEEPER_NO_HANDLERS'
  constructor(server: string, target: unknown) {
    super(
      `${nameOf(target)} is the server '${server}' and handles no message. Put @HandleCall(), @HandleCast(), @HandleInfo() or ` +
        `@HandleContinue() on its methods, or take @PeeperServer() away.`,
    )
  }
}

/** Two methods of one server want the same message. */
export class DuplicateHandlerError extends PeeperError {
  readonly code = 'PEEPER_DUPLICATE_HANDLER'
  constructor(server: string, what: string, methods: readonly string[]) {
    super(
      `'${server}' has more than one method for ${what}: ${methods.join(', ')}. Leave one of them decorated.`,
    )
  }
}

/** Two providers want the same server name. */
export class DuplicateServerError extends PeeperError {
  readonly code = 'PEEPER_DUPLICATE_SERVER'
  constructor(server: string, places: readonly string[]) {
    super(
      `more than one provider is the server '${server}': ${places.join(', ')}. Provide a class in one module and export it from there, ` +
        `or give each class its own @PeeperServer({ name }).`,
    )
  }
}

/** A handler decorator on a property, an accessor, a static or a symbol. Thrown where the class is declared. */
export class NotAMethodError extends PeeperError {
  readonly code = 'PEEPER_NOT_A_METHOD'
  constructor(decorator: string, target: unknown, member: string, why: string) {
    super(`${decorator} stands on '${member}' of ${nameOf(target)}, ${why}. Put it on a method of the class.`)
  }
}

/** A decorator of this library is written without its parentheses, and so does nothing. Thrown where the class is declared. */
export class DecoratorNotCalledError extends PeeperError {
  readonly code = 'PEEPER_DECORATOR_NOT_CALLED'
  constructor(decorator: string, target: unknown, member?: string) {
    const where = member === undefined ? nameOf(target) : `'${member}' of ${nameOf(target)}`
    super(`a decorator on ${where} has no parentheses: write ${decorator}.`)
  }
}

/** A provider has handlers, but its class is no server: nothing would ever reach them. */
export class HandlerOutsideServerError extends PeeperError {
  readonly code = 'PEEPER_HANDLER_OUTSIDE_SERVER'
  constructor(target: unknown, method: string) {
    super(
      `'${method}' of ${nameOf(target)} is decorated as a handler, but ${nameOf(target)} is no server among the providers. Put ` +
        `@PeeperServer() on the class and list it under 'providers', or take the decorator away.`,
    )
  }
}

/** A server or a listener that would have more than one instance. */
export class NotSingletonError extends PeeperError {
  readonly code = 'PEEPER_NOT_SINGLETON'
  constructor(target: unknown, why: string) {
    super(
      `${nameOf(target)} must be a singleton, but ${why}. A server outlives every request: pass what it needs of a request in the ` +
        `payload, and inject singletons only.`,
    )
  }
}

/** `forFeature` or a server is there, `forRoot` is not. */
export class ForRootMissingError extends PeeperError {
  readonly code = 'PEEPER_FOR_ROOT_MISSING'
  constructor() {
    super(
      `PeeperModule.forFeature() is imported, PeeperModule.forRoot() is not. Add PeeperModule.forRoot() or forRootAsync() to the imports ` +
        `of the application's root module.`,
    )
  }
}

/** `forRoot` was called twice, with different options. */
export class ForRootTwiceError extends PeeperError {
  readonly code = 'PEEPER_FOR_ROOT_TWICE'
  constructor(option: string) {
    super(
      `PeeperModule.forRoot() is imported twice, and the two disagree about '${option}'. There is one tree of servers in an application: ` +
        `call forRoot() once, in the root module, and forFeature() elsewhere.`,
    )
  }
}

/** A guard, pipe, interceptor or filter of a server would silently not run. */
export class EnhancerSkippedError extends PeeperError {
  readonly code = 'PEEPER_ENHANCER_SKIPPED'
  constructor(server: string, where: string, decorator: string, isBuiltByFactory: boolean) {
    super(
      isBuiltByFactory
        ? `${decorator} on ${where} of '${server}' would be skipped: the class is provided by useFactory or useValue, and Nest makes ` +
            `enhancers only for classes that it instantiates. Provide the class itself, or take the decorator away.`
        : `${decorator} on ${where} of '${server}' would be skipped: messages run no enhancers yet. Check in the controller or in the ` +
            `handler itself, and take the decorator away.`,
    )
  }
}

/** A class is used as a server and is none. */
export class NotAServerError extends PeeperError {
  readonly code = 'PEEPER_NOT_A_SERVER'
  constructor(target: unknown, asked: string) {
    super(
      target === undefined
        ? `${asked} was given undefined: two files import each other, and the class is not there yet. Give the server's name instead of ` +
            `its class, or break the circle.`
        : `${asked} was given ${nameOf(target)}, which is no server. Put @PeeperServer() on the class. (Inside itself a server is ` +
            `'ctx.self'.)`,
    )
  }
}

/** A server or a supervisor is declared as the child of two supervisors. */
export class TwoParentsError extends PeeperError {
  readonly code = 'PEEPER_TWO_PARENTS'
  constructor(child: string, parents: readonly string[]) {
    super(
      `'${child}' is listed more than once among the children of supervisors: of '${parents.join("' and of '")}'. It has one place in the ` +
        `tree: leave it under one of them.`,
    )
  }
}

/** Supervisors are declared as each other's children, so none of them could start. */
export class SupervisorCycleError extends PeeperError {
  readonly code = 'PEEPER_SUPERVISOR_CYCLE'
  constructor(way: readonly string[]) {
    super(
      `supervisors are each other's children: ${way.join(' → ')}. Take one of them out of the other's 'children'.`,
    )
  }
}

/** A class is named where a provider is needed, and no module provides it. */
export class NotProvidedError extends PeeperError {
  readonly code = 'PEEPER_NOT_PROVIDED'
  constructor(target: unknown, asked: string) {
    super(
      `${asked} names ${nameOf(target)}, which no module provides. Add it to the 'providers' of a module.`,
    )
  }
}

/** In an isolated worker something is asked for that only the main side has: there are calls, casts, sends and exits. */
export class MainSideOnlyError extends PeeperError {
  readonly code = 'PEEPER_MAIN_SIDE_ONLY'
  constructor(whose: string, member: string) {
    super(
      `'${member}' of ${whose} was asked for in an isolated worker, where clients have 'call', 'cast', 'send' and 'exit' alone. Let a server that ` +
        `is not isolated do it, and call that.`,
    )
  }
}

/** The file that `peeperWorker` loads exports no module, or more than one. */
export class WorkerModuleError extends PeeperError {
  readonly code = 'PEEPER_WORKER_MODULE'
  constructor(entry: string, modules: readonly { readonly name: string }[]) {
    const found =
      modules.length === 0 ? 'no class under @Module()' : modules.map(({ name }) => name).join(' and ')
    super(
      `the worker ${entry} boots one module, but what it loads exports ${found}. Return the one that provides the isolated servers: ` +
        `peeperWorker(import.meta.url, async () => (await import('./pricing.module.js')).PricingModule).`,
    )
  }
}
