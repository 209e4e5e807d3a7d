import type { Keeper } from 'nestjs-peeper/engine'

/** A keeper that only says what it is given. */
export const keeper: Keeper = {
  load: () => undefined,
  commit: (server, { revision, version, state, wakeAt }, expectedRevision) => {
    console.log(JSON.stringify({ server, expectedRevision, revision, version, state, wakeAt }))
  },
  remove: () => undefined,
  list: () => [],
}
