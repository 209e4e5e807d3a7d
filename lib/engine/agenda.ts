import { OrderedEntries } from './tables/ordered-table.js'
import type { SetWrite } from './tables/table-write.js'

/** Something that stands in an agenda. */
export interface Item<T> {
  readonly name: string
  readonly at: number
  readonly what: T
}

/** Things by their names, each at a time of its own: the earliest is found at once; of those of one time the one that was set first. */
export class Agenda<T> {
  private readonly items = new Map<string, Item<T>>()
  /** By their times. */
  private readonly times = new OrderedEntries()

  get size(): number {
    return this.items.size
  }

  get first(): Item<T> | undefined {
    for (const item of this.until(Infinity)) return item
    return undefined
  }

  get(name: string): Item<T> | undefined {
    return this.items.get(name)
  }

  set(name: string, at: number, what: T): void {
    this.delete(name)
    const item = { name, at, what }
    this.items.set(name, item)
    const same = this.sameTime(at)
    if (same === undefined) this.times.put({ op: 'set', table: '', key: at, value: new Set([item]) })
    else same.add(item)
  }

  delete(name: string): void {
    const item = this.items.get(name)
    if (item === undefined) return
    this.items.delete(name)
    const same = this.sameTime(item.at)
    same?.delete(item)
    if (same?.size === 0) this.times.remove(item.at)
  }

  /** Those whose time has come by then, the earliest first. Nothing may be set or deleted meanwhile. */
  *until(at: number): Iterable<Item<T>> {
    for (const entry of this.times.walk({ to: at, includeTo: true }))
      yield* (entry as SetWrite).value as Set<Item<T>>
  }

  private sameTime(at: number): Set<Item<T>> | undefined {
    return (this.times.get(at) as SetWrite | undefined)?.value as Set<Item<T>> | undefined
  }
}
