import { types as is } from 'node:util'
import { DraftEndedError } from '../errors.js'
import { markOf } from './kept.js'
import { cycle, type Step } from './step.js'
import type { TypeTable } from './types.js'

/** What a walk stands on: the declared types, and for a walk that settles a draft, that draft's root. */
export interface Ground {
  readonly types: TypeTable
  /** Is what is walked on its way to another thread, and not to stay? */
  readonly passes?: boolean
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

/** One place of a kept tree under draft. The handler sees `face`: a proxy, or a stand-in for a Map or Set. */
export abstract class DraftNode<B extends object = object, K = unknown> {
  abstract readonly face: object
  /** What it is now, once something was written. */
  copy: B | null = null
  /** The parts that were lent, or written to an object or a Map, by key. */
  kids: Map<K, unknown> | null = null
  written = false
  /** Whether it was read as a whole since its last write. */
  whole = false
  settled = false
  private settling = false

  /** @param base what it is a draft of; what it became, once settled */
  constructor(
    readonly root: Root,
    public base: B,
  ) {}

  /** Whether nothing was read from it nor written to it. */
  get untouched(): boolean {
    return this.kids === null && this.copy === null
  }

  /** What it is now. */
  get now(): B {
    return this.copy ?? this.base
  }

  /** The parts that are under draft now, with their keys. */
  abstract parts(): Iterable<readonly [unknown, unknown]>
  /** The next kept node of one that was touched: the base itself when nothing changed. */
  protected abstract become(up: Step | null): B

  /** The next kept node. From here on it is a draft of what it became. */
  settle(up: Step | null): B {
    if (this.settled) return this.base
    if (this.settling) throw cycle(up)
    this.settling = true
    if (!this.untouched) this.base = this.become(up)
    this.copy = this.kids = null
    this.settled = true
    return this.base
  }

  alive(): void {
    if (this.root.ended) throw new DraftEndedError()
  }

  protected wrote(): void {
    this.written = true
    this.whole = false
    this.root.written = true
  }

  /** What was lent for a part; null once the copy, which holds it, was made. */
  protected kid(key: K): unknown {
    return this.copy === null && this.kids !== null ? this.kids.get(key) : undefined
  }

  /** A draft of a kept part: lent once. What was put in its place by the handler is as it is. */
  protected lent(key: K, value: object): unknown {
    const lent = this.kid(key)
    if (lent !== undefined) return lent
    const mark = markOf(value)
    if (mark === 0) return value
    const kid = this.root.lend(value, mark)
    this.place(key, kid)
    return kid
  }

  /** Puts what was lent in the place of the kept part. */
  protected abstract place(key: K, kid: object): void

  protected touch(key: K, part: unknown): void {
    ;(this.kids ??= new Map<K, unknown>()).set(key, part)
  }
}

/** The question a proxy of ours answers with its node; anybody else's proxy does not know the symbol. */
export const NODE = Symbol('draft node')

/** What stands in for a Map or a Set under draft: it carries its node in a private field, and nothing else. */
export class Face<N extends DraftNode = DraftNode> {
  readonly #node: N

  constructor(node: N) {
    this.#node = node
    Object.freeze(this)
  }

  static nodeOf(value: object): DraftNode | undefined {
    return #node in value ? value.#node : undefined
  }

  /** The node, unless the draft has ended. */
  static live<N extends DraftNode>(face: Face<N>): N {
    const node = face.#node
    if (node.root.ended) node.alive()
    return node
  }
}

/** The node behind a draft part, undefined for anything else. */
export function nodeOf(value: object): DraftNode | undefined {
  if (is.isProxy(value)) return (value as { [NODE]?: DraftNode })[NODE]
  return Face.nodeOf(value)
}
