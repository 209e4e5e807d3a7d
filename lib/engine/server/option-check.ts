import type { Shutdown } from '../child-spec.js'
import type { DeclaredType } from '../data/types.js'
import { BadOptionError } from '../errors.js'
import { INLINE, type Isolated, type ServerIsolation } from '../isolation/level.js'
import type { CodeChangeHandler, CodeChangeSteps } from '../worker/callbacks.js'

export const isList = (value: readonly unknown[]): boolean => Array.isArray(value)
const isClass = (value: unknown): boolean => typeof value === 'function'

/** Each option as it is, or the error that says what it must be. */
export class OptionCheck {
  constructor(private readonly where: string) {}

  known(options: object, names: Readonly<Record<string, true>>): void {
    for (const [option, value] of Object.entries(options))
      if (!Object.hasOwn(names, option))
        this.refuse(option, value, `left out: the options are ${Object.keys(names).join(', ')}`)
  }

  oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
    return allowed.includes(value) ? value : this.refuse(option, value, `one of ${allowed.join(', ')}`)
  }

  count(option: string, value: number): number {
    const isCount = value === Infinity || (Number.isInteger(value) && value >= 0)
    return isCount ? value : this.refuse(option, value, 'a whole number, 0 or more')
  }

  positive(option: string, value: number): number {
    return typeof value === 'number' && value > 0 ? value : this.refuse(option, value, 'a number above 0')
  }

  /** Each step leads from its version to the next one, and the last to the server's. */
  steps(option: string, given: CodeChangeHandler | CodeChangeSteps | undefined, version: number): void {
    if (typeof given !== 'object') return
    for (const [key, step] of Object.entries(given)) {
      const from = this.count(option, Number(key))
      if (typeof step !== 'function') this.refuse(`${option} ${key}`, step, 'a function')
      if (from >= version)
        this.refuse(
          option,
          from,
          `below the server's version, ${version}: a step leads from its version to the next`,
        )
      if (from + 1 < version && !Object.hasOwn(given, from + 1))
        this.refuse(option, from, `followed by a step from ${from + 1}: the server's version is ${version}`)
    }
  }

  shutdown(option: string, value: Shutdown): Shutdown {
    const isShutdown =
      value === 'brutal_kill' || value === 'infinity' || (typeof value === 'number' && value >= 0)
    return isShutdown ? value : this.refuse(option, value, "ms, 'brutal_kill' or 'infinity'")
  }

  types(option: string, value: readonly DeclaredType[]): readonly DeclaredType[] {
    const areTypes =
      isList(value) && value.every(one => isClass(one) || isClass((one as { type?: unknown } | null)?.type))
    return areTypes
      ? value
      : this.refuse(option, value, 'an array of classes and { type, toState, fromState }')
  }

  classes<T>(option: string, value: readonly T[]): readonly T[] {
    const areClasses = isList(value) && value.every(isClass)
    return areClasses ? value : this.refuse(option, value, 'an array of classes')
  }

  isolation(option: string, value: ServerIsolation, as: string | undefined): Isolated {
    if (value === 'inline') return INLINE
    if (typeof value === 'string')
      return { level: this.oneOf(option, value, ['inline', 'thread', 'process']), dedicated: false, as }
    const expected = "'inline', 'thread', 'process' or { in, dedicated }"
    if (typeof value !== 'object' || value === null) return this.refuse(option, value, expected)
    const { in: level = 'thread', dedicated = false } = value
    if (typeof dedicated !== 'boolean') return this.refuse(`${option}.dedicated`, dedicated, 'true or false')
    return { level: this.oneOf(`${option}.in`, level, ['thread', 'process']), dedicated, as }
  }

  private refuse(option: string, value: unknown, expected: string): never {
    throw new BadOptionError(this.where, option, value, expected)
  }
}
