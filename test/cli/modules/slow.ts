import type { Identity, Keeper } from 'nestjs-peeper/engine'

let now = 0
performance.now = () => now

/** A keeper that takes 700 ms for each server, in a process whose time stands still otherwise. */
export const keeper: Keeper = {
  load: () => undefined,
  commit: () => undefined,
  remove: () => undefined,
  *list(): Iterable<Identity> {
    for (const key of ['1', '2', '3', '4', '5']) {
      now += 700
      yield { name: 'slow', key }
    }
  },
}
