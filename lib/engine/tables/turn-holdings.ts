import type { Draft } from '../data/draft.js'
import type { Holdings } from './holdings.js'
import type { Tables } from './table.js'
import type { Writes } from './table-write.js'
import type { Lifetime } from './turn-table.js'
import { TurnTables } from './turn-tables.js'

/** What one handler does with the tables and the dictionary of its server. */
export class TurnHoldings {
  private opened: TurnTables | undefined = undefined
  private draft: Draft | undefined = undefined

  constructor(
    private readonly life: Lifetime,
    private readonly holdings: Holdings,
    /** Its handler runs. */
    private isOpen: boolean,
  ) {}

  get tables(): Tables {
    return (this.opened ??= new TurnTables(this.life, this.holdings, this.isOpen))
  }

  get dictionary(): Map<unknown, unknown> {
    this.draft ??= this.holdings.data.draft(this.holdings.dictionary)
    if (!this.isOpen) this.draft.end()
    return this.draft.value as Map<unknown, unknown>
  }

  /** What it wrote; `undefined` if nothing. Throws `NotDataError`. */
  settle(): Writes | undefined {
    const { opened, draft } = this
    const next = draft?.settle()
    const dictionary = next === this.holdings.dictionary ? undefined : (next as Writes['dictionary'])
    const [kept, local] = [opened?.writes(true) ?? [], opened?.writes(false) ?? []]
    return dictionary === undefined && kept.length + local.length === 0
      ? undefined
      : { kept, local, dictionary }
  }

  /** Its handler has ended: what it wrote and nobody has settled is gone. */
  end(): void {
    this.isOpen = false
    this.opened?.end()
    this.draft?.end()
  }
}
