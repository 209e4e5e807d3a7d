import { Cursor } from './cursor.js'
import { SetFace } from './face-set.js'
import { keepOf, keepSet } from './keep.js'
import { markOf } from './kept.js'
import { DraftNode, UNSETTLED, type Root } from './node.js'
import { inSameOrder, isPrimitive } from './shape.js'
import { cycle, enter, type Step } from './step.js'
import { Tally } from './tally.js'

/** A Set under draft. It holds kept members as they are; what was lent for one finds its way back to it. */
export class SetNode extends DraftNode {
  readonly face: object
  base: Set<unknown>
  copy: Set<unknown> | null = null
  /** Kept member to what was lent for it, and back. */
  #kids: Map<unknown, object> | null = null
  #lent: Map<unknown, unknown> | null = null
  #cursors: Cursor<unknown>[] | null = null
  /** Whether a member was added that is not a primitive. */
  #fresh = false

  constructor(root: Root, base: object) {
    super(root)
    this.base = base as Set<unknown>
    this.face = new SetFace(this)
  }

  get untouched(): boolean {
    return this.#kids === null && this.copy === null
  }

  get now(): Set<unknown> {
    return this.copy ?? this.base
  }

  add(member: unknown): void {
    const real = this.real(member)
    if (this.now.has(real)) return
    this.own().add(real)
    if (!isPrimitive(real)) this.#fresh = true
  }

  has(member: unknown): boolean {
    return this.now.has(this.real(member))
  }

  delete(member: unknown): boolean {
    const real = this.real(member)
    return this.now.has(real) && this.own().delete(real)
  }

  clear(): void {
    if (this.now.size > 0) this.own().clear()
  }

  /** The member as the handler sees it. */
  show(member: unknown): unknown {
    if (typeof member !== 'object' || member === null) return member
    const kid = this.#kids?.get(member)
    if (kid !== undefined) return kid
    const mark = markOf(member)
    if (mark === 0) return member
    const lent = this.root.lend(member, mark)
    ;(this.#kids ??= new Map<unknown, object>()).set(member, lent)
    ;(this.#lent ??= new Map<unknown, unknown>()).set(lent, member)
    return lent
  }

  iterate<T>(show: (member: unknown) => T): Cursor<T> {
    this.whole = true
    const cursor = new Cursor(this.now.keys(), show, this)
    if (this.copy === null) (this.#cursors ??= []).push(cursor)
    return cursor
  }

  settle(up: Step | null): object {
    if (this.result !== UNSETTLED) return this.result as object
    if (this.settling) throw cycle(up)
    this.settling = true
    this.result = this.untouched ? this.base : this.#settled(up)
    this.base = this.result as Set<unknown>
    this.copy = this.#kids = this.#lent = null
    return this.base
  }

  *parts(): Iterable<readonly [unknown, unknown]> {
    let index = 0
    for (const member of this.members()) yield [index++, member]
  }

  #settled(up: Step | null): Set<unknown> {
    const { base, copy } = this
    if (this.#fresh || this.#kidChanged(up)) return keepSet(this.members(), this.face, base, this.root, up)
    if (copy === null || inSameOrder(base, copy)) return base
    return new Tally().finishFrom(base, copy, up)
  }

  #kidChanged(up: Step | null): boolean {
    if (this.#kids === null) return false
    const here = enter(up, this.face)
    for (const [member, kid] of this.#kids) {
      if (this.now.has(member) && keepOf(kid, member, this.root, here) !== member) return true
    }
    return false
  }

  private *members(): Iterable<unknown> {
    for (const member of this.now) yield this.#kids?.get(member) ?? member
  }

  private real(member: unknown): unknown {
    return this.#lent?.get(member) ?? member
  }

  private own(): Set<unknown> {
    this.wrote()
    if (this.copy !== null) return this.copy
    const copy = new Set(this.base)
    for (const cursor of this.#cursors ?? []) cursor.moveTo(copy.keys())
    this.#cursors = null
    return (this.copy = copy)
  }
}
