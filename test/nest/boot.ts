import type { INestApplicationContext, ModuleMetadata, Provider, Type } from '@nestjs/common'
import { Test, type TestingModule } from '@nestjs/testing'
import { Module, type LoggerService } from '@nestjs/common'
import { PeeperModule, type PeeperModuleOptions } from 'nestjs-peeper'

/** An application of these providers, not initialised. */
export const compiled = (
  providers: Provider[],
  options: PeeperModuleOptions = { logger: false },
  more: Omit<ModuleMetadata, 'providers'> = {},
): Promise<TestingModule> => {
  const imports = [PeeperModule.forRoot(options), ...(more.imports ?? [])]
  return Test.createTestingModule({ ...more, imports, providers }).compile()
}

/** An application of these providers that runs. */
export const running = async (
  providers: Provider[],
  options?: PeeperModuleOptions,
  more?: Omit<ModuleMetadata, 'providers'>,
): Promise<TestingModule> => (await compiled(providers, options, more)).init()

/** How a start failed; throws if it did not. */
export const failure = async (
  starting: Promise<INestApplicationContext>,
): Promise<Error & { code?: string }> => {
  let app: INestApplicationContext
  try {
    app = await starting
  } catch (error) {
    return error as Error
  }
  await app.close()
  throw new Error('the application started')
}

/** A module class of its own for each call. */
export const moduleOf = (metadata: ModuleMetadata, name = 'SomeModule'): Type => {
  const { [name]: target } = { [name]: class {} }
  Module(metadata)(target as Type)
  return target as Type
}

export interface Entry {
  readonly level: string
  readonly message: string
  readonly rest: readonly unknown[]
}

/** A logger that keeps what it is told. */
export const recorder = (): LoggerService & { readonly entries: Entry[] } => {
  const entries: Entry[] = []
  const at =
    (level: string) =>
    (message: unknown, ...rest: unknown[]) =>
      void entries.push({ level, message: String(message), rest })
  return {
    entries,
    log: at('log'),
    error: at('error'),
    warn: at('warn'),
    debug: at('debug'),
    verbose: at('verbose'),
    fatal: at('fatal'),
  }
}
