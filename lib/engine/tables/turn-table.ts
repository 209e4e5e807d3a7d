import { NoSuchTableError, TableNotWritableError } from './errors.js'
import type { Entries } from './entries.js'
import type { Holdings } from './holdings.js'
import { keyOf } from './key.js'
import { Overlay } from './overlay.js'
import type { OrderedTable } from './table.js'
import { TableReader } from './table-reader.js'
import type { TableState } from './table-state.js'
import type { Entry } from './table-write.js'

/** One life of a server, as far as its tables know it. */
export interface Lifetime {
  /** Throws once it has ended. */
  check(member: string): void
}

/** A table that a handler has opened: what it writes is held apart until it is committed. */
export class TurnTable extends TableReader implements OrderedTable {
  private own: Overlay | undefined = undefined
  private stage: 'open' | 'over' | 'deleted' = 'open'

  constructor(
    name: string,
    readonly state: TableState,
    private readonly life: Lifetime,
    private readonly holdings: Holdings,
  ) {
    super(name, holdings.data)
  }

  set(key: unknown, value: unknown): this {
    const { own, name: table } = this.writable
    const kept = keyOf(key, this.data)
    const old = own.get(kept)
    const base = old?.op === 'set' ? old.value : undefined
    const next = this.data.keep(value, base)
    if (old?.op !== 'set' || !Object.is(next, base)) own.put({ op: 'set', table, key: kept, value: next })
    return this
  }

  delete(key: unknown): boolean {
    const { own, name: table } = this.writable
    const kept = keyOf(key, this.data)
    if (own.get(kept)?.op !== 'set') return false
    own.put({ op: 'delete', table, key: kept })
    return true
  }

  /** What the handler wrote. */
  get writes(): Iterable<Entry> {
    return this.own?.writes ?? []
  }

  /** Its handler has ended, or has deleted it. */
  end(stage: 'over' | 'deleted'): void {
    if (this.stage === 'open') this.stage = stage
    this.own = undefined
  }

  protected get current(): Entries {
    this.life.check('tables')
    if (this.stage === 'open') return this.own ?? this.state.completed
    const found = this.stage === 'over' ? this.holdings.table(this.name) : undefined
    if (found === undefined) throw new NoSuchTableError(this.holdings.server, this.name)
    return found.completed
  }

  private get writable(): { readonly own: Overlay; readonly name: string } {
    this.life.check('tables')
    if (this.stage !== 'open') throw new TableNotWritableError(this.holdings.server, this.name)
    this.own ??= new Overlay(this.state.completed)
    return this as never
  }
}
