import type { Data } from '../data/data.js'
import { TableState } from './table-state.js'
import type { CreateWrite, KeptTable, TableWrite, Writes } from './table-write.js'

type Dictionary = ReadonlyMap<unknown, unknown>

/** Is it the name of a table of the server's own? No handler opens one, and nobody else reads one. */
export const isReserved = (name: unknown): boolean => typeof name === 'string' && name.includes('\0')

/** What a server holds besides its state: its tables and its dictionary. They outlive its lives. */
export class Holdings {
  /** As the keeper has them. */
  private committed = new Map<string, TableState>()
  /** As the next handler sees them. */
  private completed = new Map<string, TableState>()
  private written: Dictionary
  private pending: Dictionary | undefined = undefined

  constructor(
    readonly server: string,
    readonly data: Data,
  ) {
    this.written = data.keep(new Map()) as Dictionary
  }

  /** The dictionary as the next handler sees it. */
  get dictionary(): Dictionary {
    return this.pending ?? this.written
  }

  /** The dictionary as the keeper has it. */
  get committedDictionary(): Dictionary {
    return this.written
  }

  /** A table as the next handler sees it. */
  table(name: string): TableState | undefined {
    return this.completed.get(name)
  }

  /** What tables there are, as the next handler sees them. */
  tables(): Omit<KeptTable, 'entries'>[] {
    return [...this.completed].map(([name, { traits }]) => ({
      name,
      ordered: traits.ordered,
      access: traits.access,
    }))
  }

  /** A table as others may see it. */
  committedTable(name: string): TableState | undefined {
    return isReserved(name) ? undefined : this.committed.get(name)
  }

  /** Takes all from the keeper; what is left of other lives is gone. */
  load(tables: readonly KeptTable[] = [], dictionary: Dictionary = new Map()): void {
    this.committed = new Map(
      tables.map(table => {
        const { name, ordered, access } = table
        return [name, new TableState({ ordered, access, keep: true }, undefined, table)]
      }),
    )
    this.completed = new Map(this.committed)
    this.written = this.data.keep(dictionary) as Dictionary
    this.pending = undefined
  }

  /** The keeper has been asked again, and has nothing new: what was not read from it yet is read from this answer. */
  renew(tables: readonly KeptTable[] = []): void {
    for (const table of tables) this.committed.get(table.name)?.renew(table)
  }

  /** A turn has completed, and has to wait for the keeper. */
  pend({ local, kept, dictionary }: Writes): void {
    for (const write of local) this.pendWrite(write, false)
    for (const write of kept) this.pendWrite(write, true)
    this.pending = dictionary ?? this.pending
  }

  /** What a turn wrote is kept. `pended`: it had to wait. */
  confirm({ local, kept, dictionary }: Writes, pended: boolean): void {
    for (const write of local) this.confirmWrite(write, false, pended)
    for (const write of kept) this.confirmWrite(write, true, pended)
    if (dictionary === undefined) return
    this.written = dictionary
    if (this.pending === dictionary) this.pending = undefined
  }

  /** What had to wait has never happened. */
  rollback(): void {
    this.completed = new Map(this.committed)
    for (const table of this.committed.values()) table.forgetPending()
    this.pending = undefined
  }

  /** A life has ended, and with it the tables that were its own. */
  endLife(): void {
    for (const tables of [this.committed, this.completed])
      for (const [name, { traits }] of tables) if (!traits.keep) tables.delete(name)
  }

  /** The writes that make a keeper that has `old` tables hold those that are committed, as far as they were loaded. */
  all(old: readonly KeptTable[] = []): TableWrite[] {
    const writes: TableWrite[] = old.map(({ name: table }) => ({ op: 'drop', table }))
    for (const [table, { traits, committed, isLoaded }] of this.committed) {
      if (!traits.keep || !isLoaded) continue
      const { ordered, access } = traits
      writes.push({ op: 'create', table, ordered, access })
      for (const entry of committed.walk()) writes.push(entry)
    }
    return writes
  }

  private pendWrite(write: TableWrite, keep: boolean): void {
    const { completed } = this
    const found = completed.get(write.table)
    if (write.op === 'create') completed.set(write.table, created(write, keep))
    else if (write.op !== 'drop') found?.pend(write)
    else if (found?.traits.keep === keep) completed.delete(write.table)
  }

  private confirmWrite(write: TableWrite, keep: boolean, pended: boolean): void {
    const { committed } = this
    const found = committed.get(write.table)
    if (write.op === 'set' || write.op === 'delete') {
      found?.confirm(write)
      return
    }
    if (!pended) this.pendWrite(write, keep)
    if (write.op === 'drop') {
      if (found?.traits.keep === keep) committed.delete(write.table)
      return
    }
    // If a turn that waits has deleted it meanwhile, the next handler sees another table, or none.
    const next = this.completed.get(write.table)
    committed.set(write.table, next?.birth === write ? next : created(write, keep))
  }
}

const created = (birth: CreateWrite, keep: boolean): TableState =>
  new TableState({ ordered: birth.ordered, access: birth.access, keep }, birth)
