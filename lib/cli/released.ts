import type { Type } from '@nestjs/common'
import type { DeclaredType } from '../engine/data/types.js'
import { OptionCheck } from '../engine/server/option-check.js'
import { programOf, type Program } from '../engine/worker/program.js'
import { callbackModuleOf } from '../nest/discovery/callback-module.js'
import { handlingsOf, serverOf } from '../nest/metadata.js'
import type { PeeperModuleOptions } from '../nest/options.js'
import { PEEPER_OPTIONS } from '../nest/tokens.js'
import { stateless } from './stateless.js'

/** A Nest module, as `imports` names it. */
interface ModuleLike {
  readonly module?: unknown
  readonly imports?: readonly unknown[]
  readonly providers?: readonly unknown[]
}

/** The classes that a release keeps states for, found in what its modules export: in classes, and in the providers of Nest modules. Nothing is started. */
export class Released {
  private readonly classes = new Map<string, Type>()
  private readonly types: DeclaredType[] = []
  private readonly seen = new Set<unknown>()

  /** By the names of their servers. Throws `BadOptionError`, `DuplicateHandlerError` for what would fail the start. */
  programs(): ReadonlyMap<string, Program> {
    return new Map([...this.classes].map(([name, target]) => [name, this.programOf(name, target)]))
  }

  /** Whatever a module exports, or names as an import or a provider. */
  add(value: unknown): void {
    if (this.seen.has(value)) return
    this.seen.add(value)
    if (typeof value === 'function') this.addClass(value as Type)
    else if (typeof value === 'object' && value !== null) this.addObject(value)
  }

  private addClass(target: Type): void {
    const declared = serverOf(target)
    if (declared !== undefined) this.classes.set(declared.name, target)
    for (const part of ['imports', 'providers'])
      this.addAll((Reflect.getMetadata(part, target) ?? []) as readonly unknown[])
  }

  // A dynamic module, a reference to a later one, or a provider.
  private addObject(value: object): void {
    const { module, imports = [], providers = [] } = value as ModuleLike
    const { forwardRef } = value as { forwardRef?: () => unknown }
    const { provide, useClass, useValue } = value as {
      provide?: unknown
      useClass?: unknown
      useValue?: unknown
    }
    if (typeof forwardRef === 'function') this.add(forwardRef())
    if (provide === PEEPER_OPTIONS)
      this.types.push(...((useValue as PeeperModuleOptions | undefined)?.types ?? []))
    this.addAll([module, useClass, provide, ...imports, ...providers])
  }

  private addAll(values: readonly unknown[]): void {
    for (const value of values) this.add(value)
  }

  private programOf(name: string, target: Type): Program {
    const { version = 1, types = [] } = serverOf(target) ?? {}
    const instance = stateless(target)
    const callbacks = callbackModuleOf(name, handlingsOf(target), () => instance)
    new OptionCheck(`server '${name}'`).steps('codeChange.from', callbacks.codeChange, version)
    return programOf(callbacks, { types: [...this.types, ...types], version })
  }
}
