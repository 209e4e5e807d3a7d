import { Data, diff, type Identity, type Keeper, type TableWrite } from 'nestjs-peeper/engine'

export const data = new Data()

/** A change, as a test says it. */
export interface Step {
  readonly revision: number
  /** What the state was; left out, the whole of it is new. */
  readonly base?: unknown
  readonly state?: unknown
  readonly tables?: readonly TableWrite[]
  readonly dictionary?: ReadonlyMap<unknown, unknown>
  readonly wakeAt?: number
}

/** Writes one change, and answers with the state as it is kept. */
export const commit = async (
  keeper: Keeper,
  server: Identity,
  step: Step,
  expected = step.revision - 1,
): Promise<unknown> => {
  const { revision, base, tables = [], wakeAt } = step
  const state = data.keep(step.state, base)
  const patches = base === undefined ? [{ op: 'set' as const, path: [], value: state }] : diff(base, state)
  const dictionary =
    step.dictionary === undefined ? [] : diff(data.keep(new Map()), data.keep(step.dictionary))
  await keeper.commit(server, { revision, version: 1, state, patches, tables, dictionary, wakeAt }, expected)
  return state
}

/** A next state: what `change` makes of a draft of this one. */
export const changed = <T>(state: unknown, change: (draft: T) => void): T => {
  const draft = data.draft(state)
  change(draft.value as T)
  const next = draft.settle()
  draft.end()
  return next as T
}

export const text = (length: number): string => 'x'.repeat(length)

export const all = async <T>(each: Iterable<T> | AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = []
  for await (const one of each) out.push(one)
  return out
}
