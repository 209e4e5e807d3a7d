import type { Identity } from '../engine/identity.js'
import type { Kept } from '../engine/keeper/keeper.js'
import { toJson } from '../keepers/record/to-json.js'

/** The format of the lines of `export`. */
export const FORMAT = 1

/** What there is to say of a server, in one line: all but the entries of its tables. */
export const serverLine = (server: Identity, kept: Kept, wakeAt: number | undefined): string => {
  const tables = (kept.tables ?? []).map(({ name, ordered, access }) => ({ name, ordered, access }))
  const dictionary = [...(kept.dictionary ?? [])]
  return object({
    format: String(FORMAT),
    server: identity(server),
    revision: String(kept.revision),
    version: String(kept.version),
    wakeAt: wakeAt === undefined ? undefined : String(wakeAt),
    state: toJson(kept.state),
    dictionary: dictionary.length === 0 ? undefined : toJson(dictionary),
    tables: tables.length === 0 ? undefined : toJson(tables),
  })
}

/** Of one that has tables, what follows its line: a line for each entry. */
export async function* entryLines({ tables = [] }: Kept): AsyncGenerator<string> {
  for (const { name, entries } of tables)
    for await (const entry of entries) yield object({ table: toJson(name), entry: toJson(entry) })
}

/** What follows them: these were all. */
export const endLine = (server: Identity, entries: number): string =>
  object({ end: identity(server), entries: String(entries) })

/** What follows its line if it could not be read to its end. */
export const brokenLine = (server: Identity, why: string): string =>
  object({ end: identity(server), error: toJson(why) })

/** A server, as its lines name it. */
export const identity = ({ name, key }: Identity): string =>
  toJson(key === undefined ? { name } : { name, key })

/** An object of what is JSON already. */
export const object = (fields: Readonly<Record<string, string | undefined>>): string => {
  const all = Object.entries(fields).filter(([, json]) => json !== undefined)
  return `{${all.map(([name, json]) => `"${name}":${String(json)}`).join(',')}}`
}
