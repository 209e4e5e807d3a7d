import { Data } from '../data/data.js'
import { isError } from '../data/error-codec.js'
import { thaw } from '../data/release.js'
import { isPrimitive } from '../data/shape.js'
import { ownErrors } from './own-errors.js'
import { messageOf, textOf } from '../exit.js'
import type { DeclaredType } from '../data/types.js'
import type { Program } from '../worker/program.js'

/** How many causes, one of another, are told. */
const DEEPEST = 16
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
    return isPrimitive(value) ? value : this.data.pass(value)
  }

  /** Data that came in, and is nobody else's. */
  in(value: unknown): unknown {
    return isPrimitive(value) ? value : thaw(this.data.pass(value))
  }

  /** Whatever was thrown, on its way out: as much of it as is data. Never throws. */
  thrown(value: unknown): unknown {
    try {
      return this.errors.pass(value)
    } catch {
      return this.least(value)
    }
  }

  private least(value: unknown): unknown {
    try {
      return this.errors.keep(isError(value as object) ? this.reduced(value as Error, []) : textOf(value))
    } catch {
      return this.errors.keep(new Error(messageOf(value)))
    }
  }

  /** What was thrown on the other side. */
  caught(value: unknown): unknown {
    return isPrimitive(value) ? value : thaw(this.errors.pass(value))
  }

  // Same class, without what is no data, and without what it is itself a part of.
  private reduced(error: Error, whole: readonly Error[]): Error {
    const out = Object.create(Object.getPrototypeOf(error) as object) as Error
    for (const field of new Set([...HIDDEN, ...Object.keys(error)])) {
      const value = this.part(error, field, [...whole, error])
      if (value !== undefined)
        Object.defineProperty(out, field, { value, enumerable: !HIDDEN.includes(field) })
    }
    return out
  }

  // A field may be computed, and fail.
  private part(error: Error, field: string, whole: readonly Error[]): unknown {
    let part: unknown
    try {
      part = (error as unknown as Record<string, unknown>)[field]
      this.errors.keep(part)
      return part
    } catch {
      const isNew = isError(part as object) && !whole.includes(part as Error)
      return isNew && whole.length < DEEPEST ? this.reduced(part as Error, whole) : undefined
    }
  }
}
