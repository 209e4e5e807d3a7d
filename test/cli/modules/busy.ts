import { memoryKeeper, type Change, type Keeper } from 'nestjs-peeper/engine'

const first = (version: number, state: unknown): Change => ({
  revision: 1,
  version,
  state,
  patches: [],
  tables: [],
  dictionary: [],
})

const memory = memoryKeeper()
await memory.commit({ name: 'clock' }, first(1, { hours: 1 }), 0)
await memory.commit({ name: 'cart', key: 'b' }, first(2, { lines: [] }), 0)

/** A keeper whose clock is always changed by somebody else as soon as it was loaded. */
export const keeper: Keeper = {
  async load(server) {
    const kept = await memory.load(server)
    if (kept !== undefined && server.name === 'clock')
      await memory.commit(server, { ...first(1, { hours: 2 }), revision: kept.revision + 1 }, kept.revision)
    return kept
  },
  commit: (server, change, expected) => memory.commit(server, change, expected),
  remove: server => memory.remove(server),
  list: () => memory.list(),
}
