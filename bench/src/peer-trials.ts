import type { Contender } from './contenders/contender.js'
import type { Comparison, Figures, Target, Trial } from './row.js'
import { sequential } from './sequential.js'
import type { Work } from './works.js'

/** Gives the figure of a sample its name. */
export const named =
  (name: string, sample: () => Promise<number>): (() => Promise<Figures>) =>
  async () => ({ [name]: await sample() })

/** A trial for each: sequential calls that do this work. */
export const trialsOf = <S>(contenders: readonly Contender[], work: Work<S>): Record<string, Trial> =>
  Object.fromEntries(
    contenders.map(by => [
      by.name,
      {
        by,
        prepare: async effort => {
          const start = await by.open(work)
          const { call } = await start()
          return named(by.name, await sequential(effort, call, work.after))
        },
      } satisfies Trial,
    ]),
  )

/** Ours beside each: those with a target first. */
export const besidePeers = (
  contenders: readonly Contender[],
  targets: Readonly<Record<string, Target>>,
): Comparison[] => {
  const names = contenders.map(({ name }) => name)
  const others = names.filter(name => targets[name] === undefined)
  return [...Object.keys(targets), ...others].map(peer => ({
    work: 'one call',
    ours: 'ours',
    peer,
    ...(targets[peer] === undefined ? {} : { target: targets[peer] }),
  }))
}
