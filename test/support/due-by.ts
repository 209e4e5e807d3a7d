import type { Due, Identity } from 'nestjs-peeper/engine'

interface Stored {
  readonly server: Identity
  readonly wakeAt: number | undefined
}

/** Of all that is stored what is due, the earliest first; slow and simple. */
export const dueBy = (all: readonly Stored[], until: number, limit: number): readonly Due[] =>
  all
    .flatMap(({ server, wakeAt: at }) => (at !== undefined && at <= until ? [{ server, at }] : []))
    .sort((one, other) => one.at - other.at)
    .slice(0, limit)
