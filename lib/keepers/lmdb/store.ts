import { addressOf, type Identity } from '../../engine/identity.js'
import type { Due } from '../../engine/keeper/keeper.js'
import { Damages } from '../record/damages.js'
import { Encoder } from '../../engine/codec/encode.js'
import { Tasks } from '../record/tasks.js'
import { slabWriter } from '../../engine/codec/writer.js'
import { Batches } from './batches.js'
import { dueOf, heads, identityOf, wakes } from './keys.js'
import type { Database, Opened } from './opening.js'
import type { LmdbKeeperOptions } from './options.js'
import { Recent } from './recent.js'
import { Records } from './records.js'

/** An open store. */
export class Store {
  readonly database: Database
  readonly batches: Batches
  /** For the records of commits: they are written one after the other. */
  readonly encoder = new Encoder(slabWriter())
  private readonly servers = new Recent<Records>()
  readonly tasks: Tasks

  constructor(
    private readonly opened: Opened,
    readonly options: LmdbKeeperOptions,
    private readonly report: (error: Error) => void,
  ) {
    this.database = opened.database
    this.batches = new Batches(opened, options.path)
    this.tasks = new Tasks(report)
  }

  /** What is stored of a server: one object, whoever asks, for it is what knows of changes on their way. */
  records(server: Identity): Records {
    const address = addressOf(server)
    const found = this.servers.get(address)
    if (found !== undefined) return found
    const records = new Records(this, server)
    this.servers.set(address, records)
    return records
  }

  *list(name?: string, after?: string): Iterable<Identity> {
    for (const head of this.database.getKeys(heads(name, after))) yield identityOf(head)
  }

  due(until: number, limit: number): Due[] {
    return Array.from(this.database.getKeys({ ...wakes(until), limit }), dueOf)
  }

  damages(server: string): Damages {
    return new Damages(server, `the store '${this.options.path}'`, this.options, this.report)
  }

  /** Ends what was begun, and lets others have the store. A driver that is asked anything while it closes ends the process. */
  async close(): Promise<void> {
    while (this.tasks.areRunning || this.batches.areOnTheirWay) {
      await this.tasks.ended()
      await this.batches.idle()
    }
    await this.opened.close()
  }
}
