import type { CreateWrite, Entry, TableWrite } from '../../engine/tables/table-write.js'

/** What becomes of one table in a commit: of several writes to an entry the last one counts. */
export interface Fate {
  /** What was stored of it is gone. */
  isDropped: boolean
  created: CreateWrite | undefined
  /** By what stands for their keys. */
  readonly entries: Map<string, Entry>
}

/** What these writes come to, by the names of tables. */
export const fatesOf = (writes: readonly TableWrite[], idOf: (key: unknown) => string): Map<string, Fate> => {
  const fates = new Map<string, Fate>()
  for (const write of writes) {
    const fate = fates.get(write.table) ?? { isDropped: false, created: undefined, entries: new Map() }
    fates.set(write.table, fate)
    if (write.op === 'create') fate.created = write
    else if (write.op === 'drop') {
      fate.isDropped = true
      fate.created = undefined
      fate.entries.clear()
    } else fate.entries.set(idOf(write.key), write)
  }
  return fates
}
