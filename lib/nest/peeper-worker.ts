import { Module, type DynamicModule, type LogLevel, type Type } from '@nestjs/common'
import { MODULE_METADATA } from '@nestjs/common/constants.js'
import { NestFactory } from '@nestjs/core'
import { systemClock } from '../engine/clock.js'
import type { CarriedContexts } from '../engine/isolation/contexts.js'
import { hostHere } from '../engine/isolation/hosting.js'
import { hrefOf } from '../engine/isolation/site/parent.js'
import type { Host } from '../engine/isolation/host.js'
import type { Hosting } from './hosting/hosting.js'
import { WorkerModuleError } from './errors.js'
import type { PeeperModuleOptions } from './options.js'
import { PeeperCoreModule } from './peeper-core.module.js'
import { PEEPER_HOST } from './tokens.js'

/** What {@link peeperWorker} takes beside the module. */
export interface WorkerOptions extends Pick<PeeperModuleOptions, 'types' | 'refuses'> {
  /** Those of `forRoot({ isolation: { contexts } })`. */
  readonly contexts?: CarriedContexts
  /** What of Nest's log the thread writes. Default `['fatal', 'error', 'warn']`. */
  readonly logger?: readonly LogLevel[] | false
}

/** A module class, or a file that exports one and no other. */
type Loaded = Type | object

/**
 * The entry file of isolated servers: what their threads and processes run. Each boots a Nest application of its own from the module that is named, with
 * ordinary dependency injection. `@PeeperServer()` classes that it provides are run there, where they say `isolation`; injected clients reach every server of
 * the application. Make it a file of its own, and let it import nothing of the application but in the function.
 *
 * Returns what `isolation.entry` of `forRoot` takes; on the main side it does nothing else. `types`, `refuses` and `isolation.contexts` of `forRoot` are to be given here
 * too: no code crosses. `onModuleDestroy` and the hooks after it run when the application closes; a thread that has hung is ended without.
 *
 * @example
 * // pricing.worker.ts
 * export const pricing = peeperWorker(import.meta.url, () => import('./pricing.module.js'))
 * // app.module.ts
 * PeeperModule.forRoot({ isolation: { entry: pricing } })
 * @throws WorkerModuleError there, if the file exports no module or several
 */
export const peeperWorker = (
  file: string | URL,
  load: () => Promise<Loaded>,
  options: WorkerOptions = {},
): URL => {
  const entry = hrefOf(file)
  const host = hostHere(entry, options.contexts)
  if (host !== undefined)
    boot(host, entry, load, options).catch((error: unknown) => {
      systemClock.yield(() => {
        throw error // as what nobody catches: it ends this thread, which tells its servers why
      })
    })
  return new URL(entry)
}

const boot = async (
  host: Host,
  entry: string,
  load: () => Promise<Loaded>,
  { logger = ['fatal', 'error', 'warn'], contexts: _, ...options }: WorkerOptions,
): Promise<void> => {
  const root = rootOf(moduleOf(entry, await load()), { host, options })
  const nest = { logger: logger === false ? (false as const) : [...logger], abortOnError: false }
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class by mistake, which it does not export
  const application = await NestFactory.createApplicationContext(root, nest)
  host.onClose(() => application.close())
}

const rootOf = (module: Type, hosting: Hosting): DynamicModule => ({
  module: PeeperWorkerModule,
  global: true,
  imports: [PeeperCoreModule, module],
  providers: [{ provide: PEEPER_HOST, useValue: hosting }],
  exports: [PEEPER_HOST],
})

/** The root of what a worker boots. */
@Module({})
class PeeperWorkerModule {}

const moduleOf = (entry: string, loaded: Loaded): Type => {
  const candidates = typeof loaded === 'function' ? [loaded] : Object.values(loaded)
  const modules = [...new Set(candidates)].filter(isModule)
  const [only] = modules
  if (only === undefined || modules.length > 1) throw new WorkerModuleError(entry, modules)
  return only
}

const isModule = (value: unknown): value is Type =>
  typeof value === 'function' && Object.values(MODULE_METADATA).some(key => Reflect.hasMetadata(key, value))
