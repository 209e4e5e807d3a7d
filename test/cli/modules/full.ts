import type { Keeper } from 'nestjs-peeper/engine'

let commits = 0

/** A keeper with room for one. */
export const keeper: Keeper = {
  load: () => undefined,
  commit: () => {
    commits += 1
    if (commits > 1) throw new Error('no space left on the device')
  },
  remove: () => undefined,
  list: () => [],
}
