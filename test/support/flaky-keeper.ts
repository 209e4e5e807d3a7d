import {
  StaleOwnerError,
  type Change,
  type Due,
  type Identity,
  type Keeper,
  type Kept,
} from 'nestjs-peeper/engine'
import { dueBy } from './due-by.js'
import { holdingsOf } from './kept-holdings.js'

/** How one operation of a flaky keeper goes. */
export interface Weather {
  /** Turns of the event loop before it answers; 0 answers at once. */
  readonly turns: number
  /** `'lost'` fails and stores nothing; `'unconfirmed'` stores and fails all the same. A load fails for either. */
  readonly fate: 'fine' | 'lost' | 'unconfirmed'
  /** Does it touch the store before it waits, or after? */
  readonly first: boolean
}

const FAIR: Weather = { turns: 0, fate: 'fine', first: true }

/** A store that answers later and sometimes fails, as its plan says; a change that it failed to confirm may have been stored. */
export class FlakyKeeper implements Keeper {
  private readonly records = new Map<
    string,
    Kept & { readonly changes: readonly Change[]; readonly wakeAt: number | undefined }
  >()
  private done = 0
  private stormy = false

  /** The plan is gone through again and again. */
  constructor(private readonly plan: readonly Weather[]) {}

  /** From now on the plan holds; before, and after {@link mend}, all goes well and at once. */
  trouble(): void {
    this.stormy = this.plan.length > 0
  }

  mend(): void {
    this.stormy = false
  }

  load({ name }: Identity): Kept | undefined | Promise<Kept | undefined> {
    return this.operate(() => {
      const found = this.records.get(name)
      return found && { ...found, ...holdingsOf(found.changes) }
    })
  }

  commit({ name }: Identity, change: Change, expected: number): void | Promise<void> {
    return this.operate(() => {
      const before = this.records.get(name)
      const found = before?.revision ?? 0
      if (found !== expected) throw new StaleOwnerError(name, expected, found)
      const { revision, version, state, tables, dictionary, wakeAt } = change
      const changes = before?.changes ?? []
      const wrote = tables.length + dictionary.length > 0
      const written = wrote ? [...changes, change] : changes
      this.records.set(name, { revision, version, state, wakeAt, changes: written })
    })
  }

  remove({ name }: Identity): void | Promise<void> {
    return this.operate(() => void this.records.delete(name))
  }

  *list(): Iterable<Identity> {
    for (const name of this.records.keys()) yield { name }
  }

  due(until: number, limit: number): readonly Due[] | Promise<readonly Due[]> {
    const all = [...this.records].map(([name, { wakeAt }]) => ({ server: { name }, wakeAt }))
    return this.operate(() => dueBy(all, until, limit))
  }

  private operate<T>(work: () => T): T | Promise<T> {
    const weather = this.stormy ? this.plan[this.done++ % this.plan.length]! : FAIR
    const touch = (): T | undefined => (weather.fate === 'lost' ? undefined : work())
    const end = (result: T | undefined): T => {
      if (weather.fate !== 'fine') throw new Error(`the store answers nothing (${weather.fate})`)
      return result as T
    }
    if (weather.turns === 0) return end(touch())
    return later(weather, touch).then(end)
  }
}

const later = async <T>({ turns, first }: Weather, touch: () => T): Promise<T> => {
  const early = first ? touch() : undefined
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
  return first ? (early as T) : touch()
}
