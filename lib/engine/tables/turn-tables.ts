import { BadOptionError } from '../errors.js'
import { TableNotWritableError, TableOptionsError } from './errors.js'
import { isReserved, type Holdings } from './holdings.js'
import type { OrderedTable, TableOptions, Tables } from './table.js'
import { TableState, type TableTraits } from './table-state.js'
import type { TableWrite } from './table-write.js'
import { TurnTable, type Lifetime } from './turn-table.js'

/** The tables of a server, as one handler opens and deletes them. */
export class TurnTables implements Tables {
  private readonly opened = new Map<string, TurnTable>()
  /** By name: whether it was a kept one. */
  private readonly dropped = new Map<string, boolean>()

  constructor(
    private readonly life: Lifetime,
    private readonly holdings: Holdings,
    private isOpen: boolean,
  ) {}

  async open<K, V>(name: string, options: TableOptions = {}): Promise<OrderedTable<K, V>> {
    this.life.check('tables')
    checkName(name)
    checkOptions(name, options)
    const state = this.opened.get(name)?.state ?? this.existing(name) ?? this.create(name, options)
    this.refuseOther(name, state.traits, options)
    await state.load(this.holdings.data)
    this.life.check('tables')
    return (this.opened.get(name) ?? this.enter(name, state)) as unknown as OrderedTable<K, V>
  }

  delete(name: string): boolean {
    this.life.check('tables')
    if (!this.isOpen) throw new TableNotWritableError(this.holdings.server, name)
    const [opened, existing] = [this.opened.get(name), this.existing(name)]
    if (existing !== undefined) this.dropped.set(name, existing.traits.keep)
    opened?.end('deleted')
    this.opened.delete(name)
    return opened !== undefined || existing !== undefined
  }

  /** What the handler did to tables that are kept, or to those that are not. */
  writes(keep: boolean): TableWrite[] {
    const writes: TableWrite[] = []
    for (const [table, wasKept] of this.dropped) if (wasKept === keep) writes.push({ op: 'drop', table })
    for (const { state, writes: entries } of this.opened.values()) {
      if (state.traits.keep !== keep) continue
      if (state.birth !== undefined && this.holdings.table(state.birth.table) !== state)
        writes.push(state.birth)
      for (const entry of entries) writes.push(entry)
    }
    return writes
  }

  end(): void {
    this.isOpen = false
    for (const table of this.opened.values()) table.end('over')
  }

  private existing(name: string): TableState | undefined {
    return this.dropped.has(name) || isReserved(name) ? undefined : this.holdings.table(name)
  }

  private create(name: string, options: TableOptions): TableState {
    if (!this.isOpen) throw new TableNotWritableError(this.holdings.server, name)
    const { ordered = false, keep = true, access = 'private' } = options
    const birth = { op: 'create', table: name, ordered, access } as const
    return this.enter(name, new TableState({ ordered, keep, access }, birth)).state
  }

  private enter(name: string, state: TableState): TurnTable {
    const table = new TurnTable(name, state, this.life, this.holdings)
    if (this.isOpen) this.opened.set(name, table)
    else table.end('over')
    return table
  }

  private refuseOther(name: string, is: TableTraits, { ordered, keep, access }: TableOptions): void {
    const asked = { ordered: ordered ?? is.ordered, keep: keep ?? is.keep, access: access ?? is.access }
    if (asked.ordered !== is.ordered || asked.keep !== is.keep || asked.access !== is.access)
      throw new TableOptionsError(this.holdings.server, name, is, asked)
  }
}

const checkName = (name: unknown): void => {
  if (typeof name !== 'string' || name === '' || isReserved(name))
    throw new BadOptionError('ctx.tables.open', 'name', name, 'a string that is not empty, without NUL')
}

const checkOptions = (name: string, options: TableOptions): void => {
  const where = `the table '${name}'`
  for (const option of ['ordered', 'keep'] as const)
    if (options[option] !== undefined && typeof options[option] !== 'boolean')
      throw new BadOptionError(where, option, options[option], 'true or false')
  const { access } = options as { readonly access?: unknown }
  if (access !== undefined && access !== 'private' && access !== 'protected')
    throw new BadOptionError(
      where,
      'access',
      access,
      "'private' or 'protected': only its own server writes a table",
    )
}
