import type { Data } from '../data/data.js'
import type { Entries } from './entries.js'
import { NoSuchTableError } from './errors.js'
import { TableReader } from './table-reader.js'
import type { TableState } from './table-state.js'

/** Whose tables they are. */
export interface TableOwner {
  readonly server: string
  readonly data: Data
  /** A table as it is committed. */
  table(name: string): TableState | undefined
}

/** A table of a server as others read it. Whose it is is asked at each reading: a keyed server comes and goes. */
export class ProtectedTable extends TableReader {
  /** @throws NoSuchTableError, and what `owner` throws */
  constructor(
    private readonly owner: () => TableOwner,
    name: string,
  ) {
    super(name, owner().data)
    this.open()
  }

  protected get current(): Entries {
    return this.open()
  }

  private open(): Entries {
    const { name } = this
    const owner = this.owner()
    const found = owner.table(name)
    if (found?.isLoaded !== true) throw new NoSuchTableError(owner.server, name)
    if (found.traits.access === 'private') throw new NoSuchTableError(owner.server, name, true)
    return found.committed
  }
}
