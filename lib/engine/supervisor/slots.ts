import type { Slot } from './slot.js'
import type { ChildCount } from './supervision.js'

/** The slots of a supervisor by id, in start order. The branch of each server has one: a Map for it would be heavier than all its supervisor. */
export class Slots implements Iterable<Slot> {
  private only: Slot | undefined = undefined
  private many: Map<string, Slot> | undefined = undefined

  get(id: string): Slot | undefined {
    return this.many === undefined ? (this.only?.id === id ? this.only : undefined) : this.many.get(id)
  }

  add(slot: Slot): void {
    if (this.many === undefined && this.only === undefined) {
      this.only = slot
      return
    }
    this.many ??= new Map(this.inOrder().map(each => [each.id, each]))
    this.many.set(slot.id, slot)
    this.only = undefined
  }

  remove({ id }: Slot): void {
    if (this.only?.id === id) this.only = undefined
    else this.many?.delete(id)
  }

  [Symbol.iterator](): Iterator<Slot> {
    return this.inOrder()[Symbol.iterator]()
  }

  inOrder(): Slot[] {
    if (this.many !== undefined) return [...this.many.values()]
    return this.only === undefined ? [] : [this.only]
  }

  count(): ChildCount {
    const slots = this.inOrder()
    const supervisors = slots.filter(({ type }) => type === 'supervisor').length
    return {
      specs: slots.length,
      active: slots.filter(({ status }) => status === 'running').length,
      supervisors,
      workers: slots.length - supervisors,
    }
  }
}
