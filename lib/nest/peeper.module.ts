import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  Optional,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type FactoryProvider,
  type Type,
} from '@nestjs/common'
import { clientOf } from './client/peeper-client.js'
import { clientsOf } from './client/peeper-clients.js'
import { ForRootMissingError } from './errors.js'
import { serverNameOf, serverOf } from './metadata.js'
import type { PeeperModuleOptions } from './options.js'
import { PeeperCoreModule, PeeperDrainModule } from './peeper-core.module.js'
import { PeeperRuntime } from './runtime/peeper-runtime.js'
import type { Runtime } from './runtime/runtime.js'
import { PEEPER_HOST, PEEPER_OPTIONS, tokenOf } from './tokens.js'

const ENGINE = [PeeperCoreModule, PeeperDrainModule]

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<PeeperModuleOptions>({
  optionsInjectionToken: PEEPER_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({}, definition => ({
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), ...ENGINE],
    exports: [PEEPER_OPTIONS],
  }))
  .build()

/**
 * Supervised actors in a Nest application. `forRoot` once, in the root module; `forFeature` where clients are injected.
 *
 * Servers are the providers under `@PeeperServer()`, in whatever module. They start before any `onApplicationBootstrap` of yours runs, and
 * at `app.close()` they are drained and ended before anything is torn down. A call in `onModuleInit` is rejected; a cast waits for the start.
 *
 * @example
 * @Module({
 *   imports: [PeeperModule.forRoot({ maxRestarts: 1_000, maxSeconds: 10 }), PeeperModule.forFeature([Cart])],
 *   providers: [Cart],
 * })
 * export class AppModule {}
 */
@Module({})
export class PeeperModule extends ConfigurableModuleClass {
  /** @throws ForRootMissingError when the bare module is imported, and nobody gave its options */
  constructor(
    @Optional() @Inject(PEEPER_OPTIONS) options: PeeperModuleOptions | undefined,
    @Optional() @Inject(PEEPER_HOST) host: unknown,
  ) {
    super()
    if (options === undefined && host === undefined) throw new ForRootMissingError()
  }

  /** The engine, with the defaults of all servers. Twice is once, if the options are the same. */
  static override forRoot(options: PeeperModuleOptions = {}): DynamicModule {
    return super.forRoot(options)
  }

  /** {@link forRoot} with options that are injected: `useFactory` with `inject`, `useClass` or `useExisting` with `create()`. */
  static override forRootAsync(options: ConfigurableModuleAsyncOptions<PeeperModuleOptions>): DynamicModule {
    return super.forRootAsync(options)
  }

  /**
   * The clients of these servers (or of one), for `@InjectPeeper()` in the module that imports this: a `PeeperClient` each, or `PeeperClients` of a
   * keyed class. The classes themselves are providers of any module.
   *
   * @throws NotAServerError
   */
  static forFeature(servers: Type | readonly Type[]): DynamicModule {
    const clients = [servers].flat().map((server): FactoryProvider => {
      const name = serverNameOf(server, 'PeeperModule.forFeature()')
      const useFactory = (runtime: Runtime) => {
        runtime.feature(server)
        return serverOf(server)?.keyed === true ? clientsOf(name, runtime) : clientOf(name, runtime)
      }
      return { provide: tokenOf(name), inject: [PeeperRuntime], useFactory }
    })
    return {
      module: PeeperModule,
      imports: ENGINE,
      providers: clients,
      exports: clients.map(({ provide }) => provide),
    }
  }
}
