import { CollectionNode } from './draft-collection.js'
import { SetFace } from './face-set.js'
import { keepOf, keepSet } from './keep.js'
import type { Root } from './node.js'
import { copyOfSet, inSameOrder, isPrimitive } from './shape.js'
import { enter, type Step } from './step.js'
import { Tally } from './tally.js'

/** A Set under draft. It holds kept members as they are; what was lent for one finds its way back to it. */
export class SetNode extends CollectionNode<Set<unknown>> {
  readonly face: object
  /** The kept member behind what was lent for it. */
  private members: Map<unknown, unknown> | null = null
  /** Whether a member was added that is not a primitive. */
  private fresh = false

  constructor(root: Root, base: object) {
    super(root, base as Set<unknown>)
    this.face = new SetFace(this)
  }

  add(member: unknown): void {
    const real = this.real(member)
    if (this.now.has(real)) return
    this.own().add(real)
    if (!isPrimitive(real)) this.fresh = true
  }

  has(member: unknown): boolean {
    return this.now.has(this.real(member))
  }

  delete(member: unknown): boolean {
    const real = this.real(member)
    return this.now.has(real) && this.own().delete(real)
  }

  /** The member as the handler sees it. */
  show(member: unknown): unknown {
    if (typeof member !== 'object' || member === null) return member
    return this.kids?.get(member) ?? this.lent(member, member)
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    let index = 0
    for (const member of this.shown()) yield [index++, member]
  }

  protected override become(up: Step | null): Set<unknown> {
    const { base, copy } = this
    if (this.fresh || this.kidChanged(up)) return keepSet(this.shown(), this.face, base, this.root, up)
    if (copy === null || inSameOrder(base, copy)) return base
    return new Tally().finishFrom(base, copy, up)
  }

  protected override place(member: unknown, kid: object): void {
    this.touch(member, kid)
    ;(this.members ??= new Map<unknown, unknown>()).set(kid, member)
  }

  protected override copied(): Set<unknown> {
    return copyOfSet(this.base)
  }

  private kidChanged(up: Step | null): boolean {
    if (this.kids === null) return false
    const here = enter(up, this.face)
    for (const [member, kid] of this.kids) {
      if (this.now.has(member) && keepOf(kid, member, this.root, here) !== member) return true
    }
    return false
  }

  private *shown(): Iterable<unknown> {
    for (const member of this.now) yield this.kids?.get(member) ?? member
  }

  private real(member: unknown): unknown {
    return this.members?.get(member) ?? member
  }
}
