// What the threads of the rows on isolation run.

import { hostServers, type Callbacks } from 'nestjs-peeper/engine'

/** Some ms of work, in which the thread does nothing else. */
const LOOPS = 5_000_000

export interface Large {
  n: number
  readonly rest: readonly string[]
}

export const callbacks: Callbacks = {
  call: {
    read: (n: number) => n,
    inc: (state: Large) => (state.n += 1),
    compute: (n: number) => {
      let sum = n
      for (let i = 0; i < LOOPS; i += 1) sum = (sum * 31 + i) % 1_000_003
      return sum < 0 ? 0 : n
    },
  },
}

export const entry = hostServers(import.meta.url, {
  reader: { callbacks },
  large: { callbacks },
  one: { callbacks },
  two: { callbacks },
})
