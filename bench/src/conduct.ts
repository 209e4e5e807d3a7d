import { Contestant } from './contestant.js'
import type { Effort } from './effort.js'
import type { Figures, Row } from './row.js'
import { shuffled } from './statistics.js'

/** What the rounds of a row gave. */
export interface Findings {
  /** One sample of each trial, taken one after the other. What failed is missing. */
  readonly sets: readonly Figures[]
  /** Why, by the trial that failed in any round. */
  readonly failures: Readonly<Record<string, string>>
}

/**
 * In each round every trial has a new process, for two of them are never equally lucky. All are warmed up first; then they take their samples in
 * turns, in another order each time, so that what is compared was measured next to each other.
 */
export const conduct = async (row: Row, rounds: number, effort: Effort): Promise<Findings> => {
  const sets: Figures[] = []
  const failures: Record<string, string> = {}
  for (let round = 0; round < rounds; round += 1) {
    const contestants = await warmedUp(row, effort)
    for (let sample = 0; sample < effort.samples; sample += 1) {
      const set: Record<string, number> = {}
      for (const contestant of shuffled(contestants)) Object.assign(set, await contestant.sample())
      sets.push(set)
    }
    for (const contestant of contestants) {
      await contestant.end()
      if (contestant.failure !== undefined) failures[contestant.trial] = contestant.failure
    }
  }
  return { sets, failures }
}

const warmedUp = async (row: Row, effort: Effort): Promise<Contestant[]> => {
  const contestants: Contestant[] = []
  for (const trial of shuffled(Object.keys(row.trials))) {
    const contestant = new Contestant(row.row, trial, effort)
    contestants.push(contestant)
    if (!effort.together) await contestant.ready
  }
  await Promise.all(contestants.map(({ ready }) => ready))
  return contestants
}
