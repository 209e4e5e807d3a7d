import { Data } from '../engine/data/data.js'
import { addressOf, checkName, type Identity } from '../engine/identity.js'
import type { Change } from '../engine/keeper/keeper.js'
import { StateChange } from '../engine/keeper/state-change.js'
import { checkKey } from '../engine/keyed/keys.js'
import { textOf } from '../engine/exit.js'
import { keyOf } from '../engine/tables/key.js'
import type { CreateWrite, SetWrite, TableAccess } from '../engine/tables/table-write.js'
import type { JsonReader } from '../keepers/record/from-json.js'
import { FORMAT } from './written-server.js'

type Fields = Readonly<Record<string, unknown>>

const HEAD = ['format', 'server', 'revision', 'version', 'wakeAt', 'state', 'dictionary', 'tables']
const KEYS = new Data()

/** A server, line by line. Throws where a line is not what it has to be. */
export class ReadServer {
  readonly server: Identity
  private readonly tables: readonly CreateWrite[]
  private readonly entries: SetWrite[] = []
  private readonly head: Omit<Change, 'patches' | 'tables'>

  constructor(
    readonly line: number,
    given: object,
    private readonly json: JsonReader,
  ) {
    const head = fieldsOf('it', given, HEAD)
    if (head.format !== FORMAT)
      throw new Error(`it has the format ${String(head.format)}, and this release reads format ${FORMAT}`)
    if (!Object.hasOwn(head, 'state')) throw new Error('it has no state')
    this.server = identityOf(head.server)
    this.tables = tablesOf(head.tables)
    this.head = {
      revision: wholeFrom(1, 'revision', head.revision),
      version: wholeFrom(0, 'version', head.version),
      wakeAt: head.wakeAt === undefined ? undefined : timeOf(head.wakeAt),
      state: json.value(head.state),
      dictionary: this.dictionaryOf(head.dictionary),
    }
  }

  get hasTables(): boolean {
    return this.tables.length > 0
  }

  /** As one commit, on nothing. */
  get change(): Change {
    const { state, revision, version, dictionary, wakeAt } = this.head
    const tables = [...this.tables, ...this.entries]
    return new StateChange(undefined, state, revision, version, { tables, dictionary }, wakeAt)
  }

  add(line: object): void {
    const { table, entry } = fieldsOf('it', line, ['table', 'entry'])
    if (!this.tables.some(each => each.table === table))
      throw new Error(`'${addressOf(this.server)}' has no table ${JSON.stringify(table)}`)
    if (!Array.isArray(entry) || entry.length !== 2) throw new Error('an entry is [key, value]')
    const [key, value] = entry.map(part => this.json.value(part)) as [unknown, unknown]
    this.entries.push({ op: 'set', table: table as string, key: keyOf(key, KEYS), value })
  }

  end(line: object): void {
    const { end, entries, error } = fieldsOf('it', line, ['end', 'entries', 'error'])
    const [ended, own] = [addressOf(identityOf(end)), addressOf(this.server)]
    if (ended !== own) throw new Error(`it ends '${ended}', and '${own}' was begun`)
    if (error !== undefined) throw new Error(`'${own}' could not be exported whole: ${textOf(error)}`)
    if (entries !== this.entries.length)
      throw new Error(
        `'${own}' had ${String(entries)} entries of tables, and here are ${this.entries.length}`,
      )
  }

  private dictionaryOf(given: unknown): Change['dictionary'] {
    if (given === undefined) return []
    const value = this.json.value({ $map: given })
    return [{ op: 'set', path: [], value }]
  }
}

const fieldsOf = (what: string, given: unknown, known: readonly string[]): Fields => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error(`${what} is no object`)
  const other = Object.keys(given).find(field => !known.includes(field))
  if (other !== undefined)
    throw new Error(`${what} has a field ${JSON.stringify(other)}, and the fields are ${known.join(', ')}`)
  return given as Fields
}

const identityOf = (given: unknown): Identity => {
  const { name: named, key } = fieldsOf('the server', given, ['name', 'key'])
  const name = checkName(named)
  return key === undefined ? { name } : { name, key: checkKey(name, key) }
}

const tablesOf = (given: unknown = []): CreateWrite[] => {
  if (!Array.isArray(given)) throw new Error('tables is no list')
  const tables = given.map(each => {
    const { name, ordered, access } = fieldsOf('a table', each, ['name', 'ordered', 'access'])
    if (typeof name !== 'string' || typeof ordered !== 'boolean')
      throw new Error('a table has a name and is ordered or not')
    if (access !== 'private' && access !== 'protected')
      throw new Error("the access of a table is 'private' or 'protected'")
    return { op: 'create', table: name, ordered, access: access satisfies TableAccess } as const
  })
  const twice = tables.find(({ table }, i) => tables.slice(0, i).some(other => other.table === table))
  if (twice !== undefined) throw new Error(`the table ${JSON.stringify(twice.table)} is there twice`)
  return tables
}

const wholeFrom = (least: number, what: string, given: unknown): number => {
  if (Number.isSafeInteger(given) && (given as number) >= least) return given as number
  throw new Error(`its ${what} is ${JSON.stringify(given)}, not a whole number from ${least} on`)
}

const timeOf = (given: unknown): number => {
  if (typeof given === 'number' && Number.isFinite(given)) return given
  throw new Error('its wakeAt is no time in ms since 1970')
}
