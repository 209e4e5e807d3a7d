import { isDeepStrictEqual } from 'node:util'
import { replay, type Change, type Kept, type KeptTable, type TableWrite } from 'nestjs-peeper/engine'

type Written = Pick<Change, 'tables' | 'dictionary'>

/** What a list of changes makes of the tables and the dictionary of a server; slow and simple. */
export const holdingsOf = (changes: readonly Written[]): Pick<Kept, 'tables' | 'dictionary'> => {
  const tables = new Map<string, Listed>()
  for (const write of changes.flatMap(change => change.tables)) apply(write, tables)
  const patches = changes.flatMap(change => change.dictionary)
  return { tables: [...tables.values()], dictionary: replay(new Map(), patches) as Map<unknown, unknown> }
}

interface Listed extends KeptTable {
  entries: (readonly [unknown, unknown])[]
}

const apply = (write: TableWrite, tables: Map<string, Listed>): void => {
  const { table } = write
  if (write.op === 'create') {
    if (tables.has(table)) throw new Error(`the table ${table} is there already`)
    tables.set(table, { name: table, ordered: write.ordered, access: write.access, entries: [] })
  } else if (write.op === 'drop') {
    if (!tables.delete(table)) throw new Error(`there is no table ${table} to be deleted`)
  } else {
    const found = tables.get(table)
    if (found === undefined) throw new Error(`there is no table ${table} to be written to`)
    found.entries = found.entries.filter(([key]) => !isDeepStrictEqual(key, write.key))
    if (write.op === 'set') found.entries.push([write.key, write.value])
  }
}
