import { mutex } from '../contenders/mutex.js'
import type { Effort } from '../effort.js'
import { count } from '../numbers.js'
import type { Comparison, Figures, Row, Sampler, Trial } from '../row.js'
import { sequential } from '../sequential.js'
import { changeMap, changeObject, drafted, wideMap, wideObject, type Work } from '../works.js'

const WIDTHS = [1_000, 10_000, 100_000] as const
const KINDS = ['object', 'Map'] as const
type Kind = (typeof KINDS)[number]
type Call = () => Promise<number>

const named = (who: string, kind: Kind, width: number): string => `${who}, ${kind} of ${count(width)}`
const after = (messages: number): number => messages

const prepareWidths = async (
  who: string,
  kind: Kind,
  effort: Effort,
  open: (width: number) => Promise<Call>,
): Promise<Sampler> => {
  const samples: { name: string; sample: () => Promise<number> }[] = []
  for (const width of WIDTHS) {
    const call = await open(width * effort.scale)
    samples.push({ name: named(who, kind, width), sample: await sequential(effort, call, after) })
  }
  return async () => {
    const figures: Record<string, number> = {}
    for (const { name, sample } of samples) figures[name] = await sample()
    return figures satisfies Figures
  }
}

const oursOf = (kind: Kind): Trial => ({
  prepare: async effort => {
    const { house, WideMaps, WideObjects } = await import('../contenders/ours.js')
    if (kind === 'Map') {
      const { more } = await house(WideMaps)
      return prepareWidths('ours', kind, effort, async width => {
        const client = await more(wideMap(width))
        return () => client.call('change')
      })
    }
    const { more } = await house(WideObjects)
    return prepareWidths('ours', kind, effort, async width => {
      const client = await more(wideObject(width))
      return () => client.call('change')
    })
  },
})

const workOf = <S extends object>(first: S, change: (draft: S) => number): Work<S> => {
  let last = 0 // the change says it, as it does with ours
  return { ...drafted(first, draft => void (last = change(draft))), reply: () => last, after }
}

const theirsOf = (kind: Kind): Trial => ({
  by: mutex,
  prepare: effort =>
    prepareWidths('mutative', kind, effort, async width => {
      const start = await (kind === 'Map'
        ? mutex.open(workOf(wideMap(width), changeMap))
        : mutex.open(workOf(wideObject(width), changeObject)))
      return (await start()).call
    }),
})

const [narrow, , wide] = WIDTHS

export const widths: Row = {
  row: 6,
  work: 'one key changes, of many; mutative in a promise-chain mutex',
  trials: Object.fromEntries(
    KINDS.flatMap(kind => [
      [`ours, ${kind}`, oursOf(kind)],
      [`mutative, ${kind}`, theirsOf(kind)],
    ]),
  ),
  comparisons: KINDS.flatMap((kind): Comparison[] => [
    ...WIDTHS.map(width => ({
      work: `${kind} of ${count(width)}`,
      ours: named('ours', kind, width),
      peer: named('mutative', kind, width),
    })),
    {
      work: `${kind} of ${count(wide)}`,
      ours: named('ours', kind, wide),
      peer: named('ours', kind, narrow),
    },
  ]),
}
