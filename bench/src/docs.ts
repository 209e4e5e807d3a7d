import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { peers } from './contenders/peers.js'
import type { Result } from './judge.js'
import { count, figureText } from './numbers.js'
import { pictureOf } from './picture.js'
import type { Report } from './report.js'
import { ROOT } from './root.js'
import { cell, ratioText, summaryText, verdict } from './table.js'

const [START, END] = ['<!-- measured -->', '<!-- /measured -->']
const PAGE = join(ROOT, 'docs', 'performance.md')
const PICTURE = join(ROOT, 'docs', 'performance.svg')

/** Writes what was measured into docs/, and says where. */
export const writeDocs = (report: Report): string[] => {
  writeFileSync(PAGE, withMeasured(readFileSync(PAGE, 'utf8'), report))
  writeFileSync(PICTURE, pictureOf(report))
  return [PAGE, PICTURE]
}

/** The page with the table of this report between its markers. */
export const withMeasured = (page: string, report: Report): string => {
  const [from, to] = [page.indexOf(START), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its markers ${START} and ${END}`)
  return `${page.slice(0, from)}${START}\n\n${measured(report)}\n\n${page.slice(to)}`
}

const measured = (report: Report): string =>
  [where(report), scale(report), table(report), failures(report), lacks()]
    .filter(part => part !== '')
    .join('\n\n')

const where = ({ machine, versions, date, commit, dirty, rounds, results }: Report): string => {
  const libraries = Object.entries(versions).filter(([name]) => name !== 'node' && name !== 'v8')
  return `${summaryText(results)}, in ${rounds} rounds on ${date.slice(0, 10)}, at commit \`${commit.slice(0, 10)}\`${
    dirty ? ' and what was not committed yet' : ''
  }: ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.os}, Node ${versions.node ?? ''} (V8 ${versions.v8 ?? ''}), ${libraries
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.`
}

/** The figures of ours that say when to care. */
const scale = ({ figures }: Report): string => {
  const figure = (row: number, name: string): number | undefined =>
    figures.find(each => each.row === row && each.name === name)?.median
  const line = (text: string, value: number | undefined, show: (value: number) => string): string[] =>
    value === undefined ? [] : [`| ${text} | ${show(value)} |`]
  const aSecond = (ns: number): string => `${count(rounded(1e9 / ns))} a second`
  return [
    '| one core of that machine | |',
    '|---|---|',
    ...line('calls to one server, one after the other (row 1)', figure(1, 'ours'), aSecond),
    ...line('calls that change its state (row 2)', figure(2, 'ours'), aSecond),
    ...line('casts (row 3)', figure(3, 'ours, 1 000 000'), aSecond),
    ...line('from a crash to the next answer (row 7)', figure(7, 'crash'), ns => figureText(ns, 'ns')),
    ...line('servers started and stopped (row 8)', figure(8, '1 000 at a time'), aSecond),
    ...line(
      'memory of 10 000 idle servers (row 8)',
      figure(8, 'idle server'),
      bytes => `${((bytes * 10_000) / 2 ** 20).toFixed(0)} MB`,
    ),
  ].join('\n')
}

const rounded = (value: number): number => Number(value.toPrecision(2))

const table = ({ results }: Report): string =>
  [
    '| # | work | ours | beside | | ratio | target | |',
    '|--:|---|--:|---|--:|--:|---|---|',
    ...results.map((result, i) => {
      const isFirst = results[i - 1]?.row !== result.row
      const heading = isFirst ? [`| **${result.row}** | **${result.work}** | | | | | | |`] : []
      return [...heading, `| | ${cells(result).join(' | ')} |`].join('\n')
    }),
  ].join('\n')

const cells = (result: Result): string[] => [
  result.case,
  cell(result.ours, result.unit),
  result.peer?.name ?? '',
  result.peer === null ? '' : cell(result.peer.figure, result.unit),
  ratioText(result),
  result.target ?? '',
  verdict(result),
]

const failures = (report: Report): string =>
  report.failures.map(({ row, trial, why }) => `- Failed in row ${row}: ${trial}: ${why}.`).join('\n')

const lacks = (): string =>
  [
    '| what would be taken instead | what it does not do, and nestjs-peeper does |',
    '|---|---|',
    ...peers.map(({ name, lacks: missing }) => `| ${name} | ${missing.join(', ')} |`),
  ].join('\n')
