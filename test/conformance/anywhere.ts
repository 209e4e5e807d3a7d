import type { IsolationLevel, Keeper } from 'nestjs-peeper/engine'
import { keepers } from './combinations.js'

/** A real place for a server, and what holds its state. */
export interface Anywhere {
  readonly name: string
  readonly level: IsolationLevel
  readonly keeper: () => Keeper
}

/** In this thread, in another one or in another process, with every keeper. */
export const anywhere: readonly Anywhere[] = (['inline', 'thread', 'process'] as const).flatMap(level =>
  Object.entries(keepers).map(([name, keeper]) => ({ name: `${level}, ${name} keeper`, level, keeper })),
)
