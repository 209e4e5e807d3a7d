import type { Findings } from './conduct.js'
import { figureText } from './numbers.js'
import type { Comparison, Row, Target, Unit } from './row.js'
import { median, spread } from './statistics.js'

/** One comparison, judged: what `results.json` holds. */
export interface Result {
  readonly row: number
  /** What the row does. */
  readonly work: string
  /** What sets this comparison apart from the row's others. */
  readonly case: string
  /** Medians of all samples; null for one that failed. */
  readonly ours: number | null
  readonly peer: { readonly name: string; readonly figure: number | null } | null
  readonly unit: Unit
  /**
   * The median of the ratios of samples that were taken next to each other: a machine that is slower for a while slows both. Ours to the
   * peer's; where the target is to be faster, the peer's to ours.
   */
  readonly ratio: number | null
  readonly target: string | null
  /** null where nothing is to be met. */
  readonly met: boolean | null
}

/** One figure, all its samples. */
export interface Figure {
  readonly row: number
  readonly name: string
  readonly median: number
  /** Half the way from lowest to highest, as a part of the median. */
  readonly spread: number
  readonly samples: readonly number[]
}

export const resultsOf = ({ row, work, comparisons }: Row, findings: Findings): Result[] =>
  comparisons.map(comparison => {
    const { ours, peer, unit = 'ns', target } = comparison
    const ratio = ratioOf(comparison, findings)
    const measured = target !== undefined && 'atMost' in target ? medianOf(findings, ours) : ratio
    return {
      row,
      work,
      case: comparison.work,
      ours: medianOf(findings, ours),
      peer: peer === undefined ? null : { name: peer, figure: medianOf(findings, peer) },
      unit,
      ratio,
      target: target === undefined ? null : targetText(target, unit),
      met: target === undefined ? null : measured !== null && isMet(target, measured),
    }
  })

export const figuresOf = (row: number, { sets }: Findings): Figure[] =>
  [...new Set(sets.flatMap(set => Object.keys(set)))].sort().map(name => {
    const values = valuesOf(sets, name)
    return { row, name, median: median(values), spread: spread(values), samples: values }
  })

const valuesOf = (sets: Findings['sets'], name: string): number[] => sets.flatMap(set => set[name] ?? [])

const medianOf = ({ sets }: Findings, name: string): number | null => {
  const values = valuesOf(sets, name)
  return values.length === 0 ? null : median(values)
}

const ratioOf = ({ ours, peer = '', target }: Comparison, { sets }: Findings): number | null => {
  const ratios = sets.flatMap(set => {
    const [a, b] = [set[ours], set[peer]]
    if (a === undefined || b === undefined) return []
    return target !== undefined && 'faster' in target ? b / a : a / b
  })
  return ratios.length === 0 ? null : median(ratios)
}

const isMet = (target: Target, measured: number): boolean => {
  if ('times' in target) return measured <= target.times
  if ('faster' in target) return measured >= target.faster
  if ('share' in target) return measured >= target.share
  return measured <= target.atMost
}

const targetText = (target: Target, unit: Unit): string => {
  if ('times' in target) return `≤ ${target.times} ×`
  if ('faster' in target) return `≥ ${target.faster} × faster`
  if ('share' in target) return `≥ ${target.share} ×`
  return `≤ ${figureText(target.atMost, unit)}`
}
