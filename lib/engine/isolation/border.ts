import { Data } from '../data/data.js'
import { isError } from '../data/error-codec.js'
import { thaw } from '../data/release.js'
import { isPrimitive } from '../data/shape.js'
import { ownErrors } from './own-errors.js'
import { textOf } from '../exit.js'
import type { DeclaredType } from '../data/types.js'
import type { Program } from '../worker/program.js'

const HIDDEN = ['name', 'message', 'stack', 'cause']

/** What crosses between the sides of an isolated server, by its data rule. Errors of the classes that refuse, and of this library, keep their class. */
export class Border {
  private readonly errors: Data

  constructor(
    readonly data: Data,
    types: readonly DeclaredType[],
    refuses: Program['refuses'],
  ) {
    this.errors = new Data([...new Set([...types, ...(refuses as DeclaredType[]), ...ownErrors])])
  }

  /** Data on its way out: kept, so that its classes are known. */
  out(value: unknown): unknown {
    return isPrimitive(value) ? value : this.data.keep(value)
  }

  /** Data that came in, and is nobody else's. */
  in(value: unknown): unknown {
    return isPrimitive(value) ? value : thaw(this.data.keep(value))
  }

  /** Whatever was thrown, on its way out: as much of it as is data. */
  thrown(value: unknown): unknown {
    try {
      return this.errors.keep(value)
    } catch {
      return this.errors.keep(isError(value as object) ? this.reduced(value as Error) : textOf(value))
    }
  }

  /** What was thrown on the other side. */
  caught(value: unknown): unknown {
    return isPrimitive(value) ? value : thaw(this.errors.keep(value))
  }

  // Same class, without what is no data.
  private reduced(error: Error): Error {
    const out = Object.create(Object.getPrototypeOf(error) as object) as Error
    for (const field of new Set([...HIDDEN, ...Object.keys(error)])) {
      if (!(field in error)) continue
      const part: unknown = (error as unknown as Record<string, unknown>)[field]
      const value = this.part(part)
      if (value !== undefined)
        Object.defineProperty(out, field, { value, enumerable: !HIDDEN.includes(field) })
    }
    return out
  }

  private part(value: unknown): unknown {
    try {
      this.errors.keep(value)
      return value
    } catch {
      return isError(value as object) ? this.reduced(value as Error) : undefined
    }
  }
}
