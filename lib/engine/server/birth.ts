import { copyEffects } from '../worker/effects.js'
import type { Birth } from '../worker/life.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/** What a worker is told of the life it lives. */
export const birthOf = (home: Home, number: number, life: Incarnation): Birth => ({
  server: home.address,
  name: home.name,
  key: home.key,
  worker: number,
  id: home.nextId(),
  restarts: number - 1,
  // Asked for, not held: an error holds on to the life it was thrown in, and so each life would hold on to all before it.
  get cause() {
    return home.cause
  },
  self: home.self,
  perform: effects => {
    life.perform(copyEffects(effects, value => home.data.copy(value)))
  },
  report: (where, error) => {
    home.report(where, error)
  },
})
