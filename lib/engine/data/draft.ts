import { DraftEndedError } from '../errors.js'
import { ArrayNode } from './draft-array.js'
import { MapNode } from './draft-map.js'
import { ObjectNode } from './draft-object.js'
import { SetNode } from './draft-set.js'
import { TypedNode } from './draft-typed.js'
import { keepOf } from './keep.js'
import { Kind, kindOfMark, markOf } from './kept.js'
import { changed, refuseLostIn } from './lost.js'
import type { DraftNode, Root } from './node.js'
import { releaseOf } from './release.js'
import { tooDeepFor } from './step.js'
import type { TypeTable } from './types.js'

/** A kept state as one handler may change it. Nothing it does reaches the kept state. */
export interface Draft {
  /** What the handler gets: a draft that behaves like the state itself; a primitive state is its own draft. */
  readonly value: unknown
  /** Whether anything was written through it, copies of dates and buffers changed in place included. */
  readonly modified: boolean
  /**
   * The next kept state: what the draft has become, or the returned state. The base itself when nothing changed.
   *
   * @param returned the state of an outcome that carries one, `undefined` as a state included
   * @throws NotDataError with its path, for what is not data
   * @throws LostMutationError when the draft was changed and the returned state is not built from it
   */
  settle(returned?: { readonly state?: unknown }): unknown
  /** Ends the draft: every later touch of it or of a part of it throws DraftEndedError. */
  end(): void
}

/** The draft of one handler, for a state that may be mutated, and the root of all its nodes. */
export class HandlerDraft implements Draft, Root {
  readonly value: object
  ended = false
  written = false
  leaves: Map<object, object> | null = null
  /** The node of a state that is not a leaf. */
  private readonly node: DraftNode | undefined

  constructor(
    readonly types: TypeTable,
    private readonly kept: object,
  ) {
    const mark = markOf(kept)
    this.node = this.nodeFor(kept, mark)
    this.value = this.node?.face ?? this.lend(kept, mark)
  }

  get modified(): boolean {
    if (this.written) return true
    if (this.leaves !== null)
      for (const [copy, kept] of this.leaves) if (changed(copy, kept, this)) return true
    return false
  }

  lend(kept: object, mark: number): object {
    const node = this.nodeFor(kept, mark)
    if (node !== undefined) return node.face
    const copy = releaseOf(kept) as object
    ;(this.leaves ??= new Map<object, object>()).set(copy, kept)
    return copy
  }

  settle(returned?: { readonly state?: unknown }): unknown {
    if (this.ended) throw new DraftEndedError()
    try {
      return returned === undefined || Object.is(returned.state, this.value)
        ? this.own()
        : this.returned(returned.state)
    } catch (error) {
      throw tooDeepFor(error)
    }
  }

  end(): void {
    this.ended = true
  }

  private nodeFor(kept: object, mark: number): DraftNode | undefined {
    switch (kindOfMark(mark)) {
      case Kind.plain:
        return new ObjectNode(this, kept)
      case Kind.array:
        return new ArrayNode(this, kept)
      case Kind.map:
        return new MapNode(this, kept)
      case Kind.set:
        return new SetNode(this, kept)
      case Kind.typed:
        return new TypedNode(this, kept)
      case 0:
        throw new TypeError('A draft is made of kept data: pass the state through keep() first.')
      default:
        return undefined
    }
  }

  private own(): unknown {
    return this.node === undefined ? keepOf(this.value, this.kept, this, null) : this.node.settle(null)
  }

  private returned(state: unknown): unknown {
    const next = keepOf(state, this.kept, this, null)
    if (this.written || this.leaves !== null) refuseLostIn(this.value, state, this, [])
    return next
  }
}
