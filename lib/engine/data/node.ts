import { types as is } from 'node:util'
import { DraftEndedError } from '../errors.js'
import type { Step } from './step.js'
import type { TypeTable } from './types.js'

/** What a walk stands on: the declared types, and for a walk that settles a draft, that draft's root. */
export interface Ground {
  readonly types: TypeTable
}

/** What all nodes of one draft have in common. */
export interface Root extends Ground {
  /** Set by `end()`: from then on every touch of the draft throws. */
  ended: boolean
  /** Whether a write went through the draft. Leaf copies that were changed in place are asked separately. */
  written: boolean
  /** The leaf copies handed out, with the kept leaf each was made from. */
  leaves: Map<object, object> | null
  /** A draft node, or the remembered copy of a leaf, for a kept part. */
  lend(kept: object, mark: number): object
}

/** Marks a node that is not settled yet; `undefined` is a legal result. */
export const UNSETTLED = Symbol('unsettled')

/** One place of a kept tree under draft. The handler sees `face`: a proxy, or a stand-in for a Map or Set. */
export abstract class DraftNode {
  abstract readonly face: object
  /** The kept node this became. */
  result: unknown = UNSETTLED
  settling = false
  written = false
  /** Whether it was read as a whole since its last write. */
  whole = false

  constructor(readonly root: Root) {}

  /** Whether nothing was read from it nor written to it. */
  abstract get untouched(): boolean
  /** What it is a draft of; its result, once settled. */
  abstract readonly base: object
  /** The next kept node: the base itself when nothing changed. */
  abstract settle(up: Step | null): object
  /** The parts that are under draft now, with their keys. */
  abstract parts(): Iterable<readonly [unknown, unknown]>

  alive(): void {
    if (this.root.ended) throw new DraftEndedError()
  }

  protected wrote(): void {
    this.written = true
    this.whole = false
    this.root.written = true
  }
}

/** The question a proxy of ours answers with its node; anybody else's proxy does not know the symbol. */
export const NODE = Symbol('draft node')

class Override {
  constructor(face: object) {
    return face
  }
}

/** What stands in for a Map or a Set under draft: it carries its node in a private field. */
export class Face extends Override {
  readonly #node: DraftNode

  constructor(face: object, node: DraftNode) {
    super(face)
    this.#node = node
  }

  static nodeOf(value: object): DraftNode | undefined {
    return #node in value ? value.#node : undefined
  }
}

/** The node behind a draft part, undefined for anything else. */
export function nodeOf(value: object): DraftNode | undefined {
  if (is.isProxy(value)) return (value as { [NODE]?: DraftNode })[NODE]
  return Face.nodeOf(value)
}
