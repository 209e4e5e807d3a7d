import { isDeepStrictEqual } from 'node:util'
import {
  Global,
  HttpException,
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type FactoryProvider,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, ModulesContainer } from '@nestjs/core'
import { systemClock, type Clock } from '../engine/clock.js'
import { Engine } from '../engine/engine.js'
import type { Keeper } from '../engine/keeper/keeper.js'
import { memoryKeeper } from '../engine/keeper/memory-keeper.js'
import type { CrashInjector } from '../engine/server/environment.js'
import { Supervisor } from '../engine/supervisor/supervisor.js'
import { Explorer } from './discovery/explorer.js'
import { ForRootMissingError, ForRootTwiceError } from './errors.js'
import { HostedRuntime } from './hosting/hosted-runtime.js'
import type { Hosting } from './hosting/hosting.js'
import { remoteEngine } from './hosting/remote.js'
import { checkModuleOptions, type PeeperModuleOptions } from './options.js'
import { Peeper } from './peeper.js'
import { CrashLog } from './runtime/crash-log.js'
import { Log } from './runtime/log.js'
import { PeeperRuntime } from './runtime/peeper-runtime.js'
import type { Runtime } from './runtime/runtime.js'
import {
  PEEPER_CLOCK,
  PEEPER_CRASH_INJECTOR,
  PEEPER_ENGINE,
  PEEPER_HOST,
  PEEPER_KEEPER,
  PEEPER_OPTIONS,
  PEEPER_SUPERVISOR,
} from './tokens.js'

type Options = PeeperModuleOptions

/** The options of `forRoot`, or those of a worker. */
const OPTIONS = Symbol('options')
const GIVEN = { token: PEEPER_OPTIONS, optional: true }
const HOSTING = { token: PEEPER_HOST, optional: true }

const provide = (
  token: FactoryProvider['provide'],
  inject: FactoryProvider['inject'],
  useFactory: FactoryProvider['useFactory'],
): FactoryProvider => ({ provide: token, inject, useFactory })

const providers: FactoryProvider[] = [
  provide(OPTIONS, [GIVEN, HOSTING], (given: Options | undefined, hosting: Hosting | undefined): Options => {
    if (hosting !== undefined) return { ...given, ...hosting.options }
    if (given === undefined) throw new ForRootMissingError()
    return given
  }),
  provide(PEEPER_KEEPER, [OPTIONS], ({ keeper }: Options): Keeper => keeper ?? memoryKeeper()),
  provide(PEEPER_CLOCK, [OPTIONS], ({ clock }: Options): Clock => clock ?? systemClock),
  provide(PEEPER_SUPERVISOR, [PEEPER_CLOCK], (clock: Clock) => new Supervisor({ name: 'root', clock })),
  provide(PEEPER_CRASH_INJECTOR, [], () => null),
  provide(Log, [OPTIONS], ({ logger }: Options) => new Log(logger)),
  provide(
    CrashLog,
    [OPTIONS, Log, PEEPER_CLOCK],
    ({ logLevel }: Options, log: Log, clock: Clock) => new CrashLog(log, logLevel ?? 'error', clock),
  ),
  provide(
    PEEPER_ENGINE,
    [OPTIONS, HOSTING, PEEPER_KEEPER, PEEPER_CLOCK, PEEPER_SUPERVISOR, CrashLog, PEEPER_CRASH_INJECTOR],
    (
      options: Options,
      hosting: Hosting | undefined,
      keeper: Keeper,
      clock: Clock,
      supervisor: Supervisor,
      crashLog: CrashLog,
      injectCrash: CrashInjector | null,
    ) => {
      if (hosting !== undefined) return remoteEngine(hosting.host)
      checkModuleOptions(options)
      const {
        listener: _,
        logger: __,
        logLevel: ___,
        shutdownTimeout: ____,
        supervisors: _____,
        ...defaults
      } = options
      return new Engine({
        ...defaults,
        refuses: defaults.refuses ?? [HttpException],
        keeper,
        clock,
        supervisor,
        injectCrash: injectCrash ?? undefined,
        onEvent: event => {
          crashLog.tell(event)
        },
      })
    },
  ),
  provide(
    PeeperRuntime,
    [OPTIONS, HOSTING, PEEPER_ENGINE, Explorer, PEEPER_CLOCK, Log, CrashLog],
    (
      options: Options,
      hosting: Hosting | undefined,
      engine: Engine,
      explorer: Explorer,
      clock: Clock,
      log: Log,
      crashLog: CrashLog,
    ): Runtime =>
      hosting === undefined
        ? new PeeperRuntime({ options, engine, explorer, clock, log, crashLog })
        : new HostedRuntime(hosting.host, engine, explorer, options),
  ),
]

/**
 * The one engine of an application: static and global, so that it is there once however often `forRoot` and `forFeature` are imported.
 * Its hooks run before those of all other modules: in `onApplicationBootstrap` of yours the servers are started.
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [...providers, Explorer, Peeper],
  exports: [...providers.map(({ provide: token }) => token), Peeper],
})
export class PeeperCoreModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(PeeperRuntime) private readonly runtime: Runtime,
    private readonly discovery: DiscoveryService,
    modules: ModulesContainer,
  ) {
    for (const module of modules.values())
      if (module.metatype === PeeperCoreModule) module.distance = Infinity
  }

  onModuleInit(): void {
    const all = this.discovery.getProviders().filter(({ token }) => token === PEEPER_OPTIONS)
    checkAgreement(all.map(({ instance }) => instance as PeeperModuleOptions))
    this.runtime.complete()
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runtime.start()
  }

  /** Once more, for those who close without destroying. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.runtime.close()
  }
}

/**
 * Ends the servers before anything of the application is torn down. Nest destroys modules by their distance from the root, the nearest first:
 * this one is made the nearest of all. So queued messages and `@Terminate` find their database open, wherever it is provided.
 */
@Module({})
export class PeeperDrainModule implements OnModuleDestroy {
  constructor(
    @Inject(PeeperRuntime) private readonly runtime: Runtime,
    modules: ModulesContainer,
  ) {
    for (const module of modules.values())
      if (module.metatype === PeeperDrainModule) module.distance = -Infinity
  }

  async onModuleDestroy(): Promise<void> {
    await this.runtime.close()
  }
}

const checkAgreement = ([first, ...others]: readonly PeeperModuleOptions[]): void => {
  for (const other of others)
    for (const option of Object.keys({ ...first, ...other }) as (keyof PeeperModuleOptions)[]) {
      const [one, two] = [first?.[option], other[option]]
      const isData =
        option === 'mailbox' ||
        option === 'init' ||
        option === 'requests' ||
        option === 'reminders' ||
        option === 'types' ||
        option === 'refuses' ||
        option === 'supervisors' ||
        option === 'isolation'
      if (!(isData ? isDeepStrictEqual(one, two) : Object.is(one, two))) throw new ForRootTwiceError(option)
    }
}
