import type { Keeper } from 'nestjs-peeper/engine'

const clock = { name: 'clock' }

/** A keeper with a clock that wants to be woken; it says what it is given. */
export const keeper: Keeper = {
  load: () => ({ revision: 7, version: 1, state: { hours: 1 } }),
  commit: (_, { revision, version, wakeAt }) => {
    console.log(JSON.stringify({ revision, version, wakeAt }))
  },
  remove: () => undefined,
  list: () => [clock],
  due: () => [{ server: clock, at: 7_000 }],
}
