import { diff } from '../data/diff.js'
import type { Patch } from '../data/patch.js'
import { isWritten, type TableWrite, type Writes } from '../tables/table-write.js'
import type { Change } from './keeper.js'

const NOTHING: readonly never[] = Object.freeze([])

/** What a commit has to say of tables and dictionary. */
export type Written = Pick<Change, 'tables' | 'dictionary'>

/** What leads from one committed state of a server to the next. */
export class StateChange implements Change {
  constructor(
    private readonly base: unknown,
    readonly state: unknown,
    readonly revision: number,
    readonly version: number,
    private readonly written: Written | undefined,
    readonly wakeAt?: number,
  ) {}

  get patches(): readonly Patch[] {
    return diff(this.base, this.state)
  }

  get tables(): readonly TableWrite[] {
    return this.written?.tables ?? NOTHING
  }

  get dictionary(): readonly Patch[] {
    return this.written?.dictionary ?? NOTHING
  }
}

/** What these turns, one after the other, wrote over a dictionary and the tables beside it; `undefined` if nothing. */
export const writtenBy = (
  turns: readonly { readonly writes: Writes | undefined }[],
  dictionary: unknown,
): Written | undefined => {
  const all = turns.flatMap(({ writes }) => (writes !== undefined && isWritten(writes) ? [writes] : []))
  if (all.length === 0) return undefined
  const next = all.findLast(writes => writes.dictionary !== undefined)?.dictionary
  return {
    tables: all.length === 1 ? (all[0] as Writes).kept : all.flatMap(({ kept }) => kept),
    dictionary: next === undefined ? NOTHING : diff(dictionary, next),
  }
}
