import { serverNameOf, type ServerRef } from './metadata.js'

/** The token of `PeeperModuleOptions`, as given to `forRoot` or made by `forRootAsync`. */
export const PEEPER_OPTIONS = Symbol.for('nestjs-peeper:options')

/** The token of what a worker tells the modules that it boots; see `peeperWorker`. On the main side there is none. */
export const PEEPER_HOST = Symbol.for('nestjs-peeper:host')

/**
 * The token of the default keeper: that of the options, else `memoryKeeper()`.
 *
 * @example
 * Test.createTestingModule({ imports: [AppModule] }).overrideProvider(PEEPER_KEEPER).useValue(memoryKeeper())
 */
export const PEEPER_KEEPER = Symbol.for('nestjs-peeper:keeper')

/**
 * The token of the clock: that of the options, else the process's own.
 *
 * @example
 * .overrideProvider(PEEPER_CLOCK).useValue(simulatedClock())
 */
export const PEEPER_CLOCK = Symbol.for('nestjs-peeper:clock')

/** The token of the supervisor at the root of the tree: all servers are its children. */
export const PEEPER_SUPERVISOR = Symbol.for('nestjs-peeper:supervisor')

/** The token of the engine: what `nestjs-peeper/engine` exports, for what the facade `Peeper` does not offer. */
export const PEEPER_ENGINE = Symbol.for('nestjs-peeper:engine')

/**
 * The token of the crash injector: none, unless a test overrides it.
 *
 * @example
 * .overrideProvider(PEEPER_CRASH_INJECTOR).useValue(crashInjector().inject)
 */
export const PEEPER_CRASH_INJECTOR = Symbol.for('nestjs-peeper:crash-injector')

/**
 * The token of the client of a server, by its class or name; what `@InjectPeeper()` injects. Use it to fake a server in a test.
 *
 * @example
 * .overrideProvider(getPeeperToken(Cart)).useValue({ call: () => Promise.resolve(1) })
 * @throws NotAServerError
 */
export const getPeeperToken = (server: ServerRef): string => tokenOf(serverNameOf(server, 'getPeeperToken()'))

// Nest shows the token where it finds no provider for it, so the token says what to do.
export const tokenOf = (name: string): string =>
  `PeeperClient of '${name}' (from PeeperModule.forFeature([its class]))`
