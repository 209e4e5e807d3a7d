import { Data, diff, type Change, type Identity, type Keeper, type TableWrite } from 'nestjs-peeper/engine'

const data = new Data()

/** What a test writes to a keeper by hand. */
export interface Step extends Partial<Omit<Change, 'patches'>> {
  readonly revision: number
  /** The state of before, if what changed in it is to be written. */
  readonly base?: unknown
  readonly tables?: readonly TableWrite[]
}

/** Writes one change, and answers with the state as it is kept. */
export const commit = async (
  keeper: Keeper,
  server: Identity,
  { base, ...step }: Step,
  expected = step.revision - 1,
): Promise<unknown> => {
  const state = data.keep(step.state, base)
  const patches = base === undefined ? [{ op: 'set' as const, path: [], value: state }] : diff(base, state)
  const change = { version: 1, tables: [], dictionary: [], ...step, state, patches }
  await keeper.commit(server, change, expected)
  return state
}

/** All of what comes by and by. */
export const all = async <T>(each: Iterable<T> | AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = []
  for await (const one of each) out.push(one)
  return out
}
