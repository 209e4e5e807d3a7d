import { copyOf } from './copy.js'
import { HandlerDraft, type Draft } from './draft.js'
import { PrimitiveDraft } from './draft-primitive.js'
import { keepOf } from './keep.js'
import { nodeOf, type Ground } from './node.js'
import { releaseOf, type ReleaseCache } from './release.js'
import { isPrimitive } from './shape.js'
import { tooDeepFor } from './step.js'
import { TypeTable, type DeclaredType } from './types.js'

/**
 * The data rule of one server: what may stand in a state, a payload or a reply, and how it crosses the border.
 *
 * Inside the border data is *kept*: validated, private, frozen and branded. Outside it is whatever the caller holds.
 *
 * @example
 * const data = new Data()
 * const state = data.keep({ n: 0 })
 * const draft = data.draft(state)
 * ;(draft.value as { n: number }).n += 1
 * const next = draft.settle() // { n: 1 }, and `state` is as it was
 * draft.end()
 */
export class Data {
  readonly #ground: Ground
  readonly #way: Ground

  /** @param types classes that keep their class in a state; instances of others become plain objects */
  constructor(types: readonly DeclaredType[] = []) {
    this.#ground = { types: new TypeTable(types) }
    this.#way = { ...this.#ground, passes: true }
  }

  /**
   * A private copy of data from outside, such as a payload at its send. The caller's object is not frozen and never seen again.
   *
   * @throws NotDataError with its path, for what is not data
   */
  copy<T>(value: T): T {
    if (isPrimitive(value)) return value
    try {
      return copyOf(value, this.#ground.types, null) as T
    } catch (error) {
      throw tooDeepFor(error)
    }
  }

  /**
   * Makes data from outside kept. Parts that are kept already are taken as they are; parts equal to the base's part at the
   * same place become that part, so an equal tree is the base itself.
   *
   * @throws NotDataError with its path, for what is not data
   */
  keep(value: unknown, base?: unknown): unknown {
    return this.#kept(value, base, this.#ground)
  }

  /** The same for what is on its way to another thread: a `Transfer` may be in it. */
  pass(value: unknown): unknown {
    return this.#kept(value, undefined, this.#way)
  }

  #kept(value: unknown, base: unknown, ground: Ground): unknown {
    try {
      return keepOf(value, base, ground, null)
    } catch (error) {
      throw tooDeepFor(error)
    }
  }

  /**
   * Kept data on its way out. What cannot be changed leaves as it is; Maps, Sets, dates, buffers and the like leave as copies.
   *
   * @param cache holds the copies made for one receiver of every revision, so that its cost follows the change
   */
  release<T>(kept: T, cache?: ReleaseCache): T {
    return releaseOf(kept, cache) as T
  }

  /** A part of a draft as a plain copy; anything else as it is. */
  undrafted<T>(value: T): T {
    return typeof value === 'object' && value !== null && nodeOf(value) !== undefined
      ? this.copy(value)
      : value
  }

  /** A draft of a kept state, for one handler. */
  draft(kept: unknown): Draft {
    return isPrimitive(kept)
      ? new PrimitiveDraft(this, kept)
      : new HandlerDraft(this.#ground.types, kept as object)
  }
}
