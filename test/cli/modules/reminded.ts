import type { Keeper, KeptTable } from 'nestjs-peeper/engine'

const table = (name: string, ordered: boolean, entries: KeptTable['entries']): KeptTable => ({
  name,
  ordered,
  access: 'private',
  entries,
})

const tables = [
  table('reminders', false, []),
  table('\0reminders', true, [['tick', 7_000]]),
  table('\0requests', true, [['r', 1]]),
]

/** A keeper under another name, with a server that wants to be woken. */
export const reminded: Keeper = {
  load: () => ({ revision: 1, version: 1, state: 0, tables, dictionary: new Map() }),
  commit: () => undefined,
  remove: () => undefined,
  list: () => [{ name: 'clerk' }],
  due: () => [{ server: { name: 'clerk' }, at: 7_000 }],
}
