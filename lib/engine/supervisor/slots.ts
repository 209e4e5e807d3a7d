import type { Shutdown } from '../child-spec.js'
import type { ExitReason } from '../exit.js'
import { done, oneByOne, promptly, type Prompt } from '../promptly.js'
import type { Slot, Watcher } from './slot.js'
import type { ChildCount, ChildInfo } from './supervision.js'

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

  /** Starts those of these that are due still when it comes to them, one after the other. */
  start(
    these: readonly Slot[],
    due: ReadonlySet<Slot>,
    watcher: Watcher,
    goesOn: () => boolean,
  ): Prompt<void> {
    const start = (slot: Slot): Prompt<void> => {
      if (this.get(slot.id) !== slot) return // it was forgotten meanwhile
      if (due.has(slot) || slot.child !== undefined) return slot.start(watcher)
      if (slot.restart === 'temporary' && slot.status === 'stopped') this.remove(slot)
    }
    return oneByOne(these, start, goesOn)
  }

  [Symbol.iterator](): Iterator<Slot> {
    return this.inOrder()[Symbol.iterator]()
  }

  /** As `whichChildren` tells them. */
  infos(): ChildInfo[] {
    return this.inOrder().map(({ id, type, status, child }) => ({ id, type, status, child }))
  }

  /** As `countChildren` does. */
  count(): ChildCount {
    const all = this.inOrder()
    const supervisors = all.filter(({ type }) => type === 'supervisor').length
    return {
      specs: all.length,
      active: all.filter(({ status }) => status === 'running').length,
      supervisors,
      workers: all.length - supervisors,
    }
  }

  /** How many are not stopped. */
  get taken(): number {
    return this.inOrder().filter(({ status }) => status !== 'stopped').length
  }

  /** Have all significant children ended? */
  get isSpent(): boolean {
    return this.inOrder().every(({ significant, status }) => !significant || status === 'stopped')
  }

  inOrder(): Slot[] {
    if (this.many !== undefined) return [...this.many.values()]
    return this.only === undefined ? [] : [this.only]
  }
}

/** Ends these, the last started first. One whose end fails has ended all the same, and keeps no sibling from ending. */
export const stopInReverse = (
  slots: readonly Slot[],
  reason: ExitReason,
  shutdown: Shutdown | undefined,
  failed: (slot: Slot, error: unknown) => void,
): Prompt<void> =>
  oneByOne([...slots].reverse(), slot =>
    promptly(
      () => slot.stop(reason, shutdown),
      done,
      (error: unknown) => {
        failed(slot, error)
      },
    ),
  )
