import { addressOf, type Identity } from '../../engine/identity.js'
import type { Keeper } from '../../engine/keeper/keeper.js'
import type { KeptTable } from '../../engine/tables/table-write.js'
import { toJson } from '../../keepers/record/to-json.js'
import { identityAt } from '../address.js'
import { textOf, type Command, type Session } from '../command.js'
import { object } from '../written-server.js'
import { Wakes } from '../wakes.js'

const SYSTEM = '\0' // what the name of a table that the library keeps for itself begins with

export const show: Command = {
  summary: 'one server',
  takes: '<name>[/<key>]',
  least: 1,
  most: 1,
  makes: false,
  options: {
    table: { type: 'string', takes: '<table>', help: 'the entries of this table, a line each: [key, value]' },
  },
  notes: [
    'One line: revision, version, state, dictionary, tables and how many entries they have.',
    'A table of "system": true is one that the library keeps for itself.',
  ],
  check({ positionals: [address = ''] }) {
    identityAt(address)
  },
  async run(session) {
    const { keeper, positionals, say } = session
    const server = identityAt(positionals[0] ?? '')
    const kept = await keeper.load(server)
    if (kept === undefined) {
      say(`nothing is stored of '${addressOf(server)}'${await hintOf(keeper, server)}`)
      return 1
    }
    const tables = kept.tables ?? []
    const wanted = textOf(session, 'table')
    if (wanted !== undefined) return entriesOf(wanted, tables, session)
    const wakeAt = (await Wakes.of(keeper)).at(server)
    const shown = await Promise.all(tables.map(shownTable))
    await session.out.line(
      object({
        server: toJson(addressOf(server)),
        revision: String(kept.revision),
        version: String(kept.version),
        wakeAt: wakeAt === undefined ? undefined : toJson(new Date(wakeAt).toISOString()),
        state: toJson(kept.state),
        dictionary: toJson([...(kept.dictionary ?? [])]),
        tables: toJson(shown),
      }),
    )
    return 0
  },
}

const entriesOf = async (
  wanted: string,
  tables: readonly KeptTable[],
  { out, progress, say }: Session,
): Promise<number> => {
  const table =
    tables.find(({ name }) => name === wanted) ?? tables.find(({ name }) => name === SYSTEM + wanted)
  if (table === undefined) {
    const names = tables.map(({ name }) => `'${friendly(name)}'`)
    say(
      `there is no table '${wanted}'; ${names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`}`,
    )
    return 1
  }
  for await (const entry of table.entries) {
    await out.line(toJson(entry))
    progress.entry()
  }
  return 0
}

const shownTable = async ({ name, ordered, access, entries: all }: KeptTable): Promise<object> => {
  let entries = 0
  for await (const _ of all) entries += 1
  const system = name.startsWith(SYSTEM) ? { system: true } : {}
  return { name: friendly(name), ...system, ordered, access, entries }
}

const friendly = (name: string): string => (name.startsWith(SYSTEM) ? name.slice(SYSTEM.length) : name)

/** Who types a name may mean one of many. */
const hintOf = async (keeper: Keeper, { name, key }: Identity): Promise<string> => {
  if (key !== undefined) return ''
  for await (const other of keeper.list(name))
    if (other.name === name) return `; it has keys: show ${addressOf(other)}`
  return ''
}
