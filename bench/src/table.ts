import type { Contender } from './contenders/contender.js'
import type { Result } from './judge.js'
import { digits, figureText } from './numbers.js'
import type { Failure } from './report.js'
import type { Unit } from './row.js'

const WIDTH = 110

/** A figure with its unit, or that there is none. */
export const cell = (figure: number | null, unit: Unit): string =>
  figure === null ? 'FAILED' : figureText(figure, unit)

export const ratioText = ({ ratio, target }: Result): string => {
  if (ratio === null) return ''
  return `${digits(ratio)} ×${target?.endsWith('faster') === true ? ' faster' : ''}`
}

export const verdict = ({ met }: Result): string => (met === null ? '' : met ? 'met' : 'missed')

/** A row as a terminal shows it. */
export const rowText = (results: readonly Result[], failures: readonly Failure[]): string => {
  const [first] = results
  const lines = results.map(result =>
    [
      '   ',
      result.case.padEnd(23),
      cell(result.ours, result.unit).padStart(9),
      ' ',
      (result.peer?.name ?? '').padEnd(27),
      (result.peer === null ? '' : cell(result.peer.figure, result.unit)).padStart(9),
      ratioText(result).padStart(13),
      ' ',
      (result.target ?? '').padEnd(14),
      verdict(result),
    ]
      .join(' ')
      .trimEnd(),
  )
  const failed = failures.map(({ trial, why }) => `    FAILED ${trial}: ${why}`)
  return [`${String(first?.row).padStart(2)}  ${first?.work ?? ''}`, ...lines, ...failed].join('\n')
}

/** What each does not do. */
export const legendText = (contenders: readonly Contender[]): string => {
  const indent = ' '.repeat(24)
  return contenders
    .map(
      ({ name, lacks }) =>
        `    ${name.padEnd(20)}${wrapped(lacks.join(', '), WIDTH - indent.length, indent)}`,
    )
    .join('\n')
}

export const summaryText = (results: readonly Result[]): string => {
  const aims = results.filter(({ met }) => met !== null)
  return `${aims.filter(({ met }) => met).length} of ${aims.length} targets met`
}

const wrapped = (text: string, width: number, indent: string): string => {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''} ${word}`.trimStart()
    if (line.length > width) lines.push(word)
    else lines[lines.length - 1] = line
  }
  return lines.join(`\n${indent}`)
}
