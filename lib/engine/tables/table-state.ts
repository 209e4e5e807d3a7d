import type { Data } from '../data/data.js'
import type { Entries } from './entries.js'
import { keyOf } from './key.js'
import { Overlay, storeFor } from './overlay.js'
import type { CreateWrite, Entry, KeptTable, TableAccess } from './table-write.js'

/** What a table is. */
export interface TableTraits {
  readonly ordered: boolean
  readonly keep: boolean
  readonly access: TableAccess
}

/** One table of a server: what is committed of it, and over that what is completed and on its way to the keeper. */
export class TableState {
  private store = storeFor(this.traits.ordered)
  private pending: Overlay | undefined = undefined
  private loading: Promise<void> | undefined = undefined

  constructor(
    readonly traits: TableTraits,
    /** The write that made it. */
    readonly birth?: CreateWrite,
    private source?: KeptTable,
  ) {}

  get isLoaded(): boolean {
    return this.source === undefined
  }

  get committed(): Entries {
    return this.store
  }

  /** What the next handler sees. */
  get completed(): Entries {
    return this.pending ?? this.store
  }

  /** Loads what the keeper holds; `undefined` if that is done. */
  load(data: Data): Promise<void> | undefined {
    const { source } = this
    return source && (this.loading ??= this.fill(source, data))
  }

  renew(source: KeptTable): void {
    if (this.source !== undefined) this.source = source
  }

  pend(entry: Entry): void {
    this.pending ??= new Overlay(this.store)
    this.pending.put(entry)
  }

  confirm(entry: Entry): void {
    if (entry.op === 'set') this.store.put(entry)
    else this.store.remove(entry.key)
    this.pending?.settled(entry)
    if (this.pending?.isEmpty === true) this.pending = undefined
  }

  forgetPending(): void {
    this.pending = undefined
  }

  private async fill({ name: table, entries }: KeptTable, data: Data): Promise<void> {
    const store = storeFor(this.traits.ordered)
    const put = ([key, value]: readonly [unknown, unknown]): void => {
      store.put({ op: 'set', table, key: keyOf(key, data), value: data.keep(value) })
    }
    try {
      if (Symbol.iterator in entries) for (const entry of entries) put(entry)
      else for await (const entry of entries) put(entry)
      this.store = store
      this.source = undefined
    } finally {
      this.loading = undefined
    }
  }
}
