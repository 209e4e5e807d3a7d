import type { DamageOptions } from './damages.js'
import type { SnapshotOptions } from './snapshots.js'

/** What every store can be told. */
export interface StoreOptions extends DamageOptions {
  /** When a snapshot takes the place of the journal of a state. */
  readonly snapshot?: SnapshotOptions
}

/** Throws what `bad` makes of an option that is none. */
export const checkStoreOptions = (
  { onDamaged, snapshot }: StoreOptions,
  bad: (option: string, value: unknown, expected: string) => Error,
): void => {
  if (onDamaged !== undefined && !['fail', 'last-good'].includes(onDamaged))
    throw bad('onDamaged', onDamaged, "'fail' or 'last-good'")
  const numbers = { 'snapshot.share': snapshot?.share, 'snapshot.minBytes': snapshot?.minBytes }
  for (const [option, value] of Object.entries(numbers))
    if (value !== undefined && !(typeof value === 'number' && value >= 0))
      throw bad(option, value, 'a number from 0 on')
}
