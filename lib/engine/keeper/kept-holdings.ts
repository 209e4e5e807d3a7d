import { replay } from '../data/patch.js'
import { HashEntries } from '../tables/hash-table.js'
import type { KeptTable, TableAccess, TableWrite } from '../tables/table-write.js'
import type { Change, Kept } from './keeper.js'

class MemoryTable implements KeptTable {
  readonly ordered: boolean
  readonly access: TableAccess
  readonly written = new HashEntries()

  constructor(
    readonly name: string,
    { ordered, access }: Pick<KeptTable, 'ordered' | 'access'>,
  ) {
    this.ordered = ordered
    this.access = access
  }

  get entries(): Iterable<readonly [unknown, unknown]> {
    return pairsOf(this.written.copy())
  }
}

function* pairsOf(entries: HashEntries): Iterable<readonly [unknown, unknown]> {
  for (const entry of entries.walk()) if (entry.op === 'set') yield [entry.key, entry.value]
}

/** What one server holds besides its state, in memory: a commit costs what it changes of the tables. */
export class KeptHoldings implements Pick<Kept, 'tables' | 'dictionary'> {
  dictionary: ReadonlyMap<unknown, unknown> = new Map()
  private readonly byName = new Map<string, MemoryTable>()

  get tables(): readonly KeptTable[] {
    return [...this.byName.values()]
  }

  apply({ tables, dictionary }: Change): void {
    if (dictionary.length > 0) this.dictionary = replay(this.dictionary, dictionary) as typeof this.dictionary
    for (const write of tables) this.write(write)
  }

  private write(write: TableWrite): void {
    const { table } = write
    if (write.op === 'create') this.byName.set(table, new MemoryTable(table, write))
    else if (write.op === 'drop') this.byName.delete(table)
    else if (write.op === 'set') this.byName.get(table)?.written.put(write)
    else this.byName.get(table)?.written.remove(write.key)
  }
}
