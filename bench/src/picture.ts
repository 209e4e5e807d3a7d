// docs/performance.svg: ours beside the peers. Made by hand, readable on light and on dark.

import { figureText } from './numbers.js'
import type { Report } from './report.js'

interface Bar {
  readonly name: string
  /** ns; undefined for one that failed. */
  readonly ns: number | undefined
}

interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const [WIDTH, LEFT, RIGHT] = [760, 170, 110]
const [LINE, BAR, HEAD, GAP] = [22, 14, 34, 14]

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .ours { fill: #d6224a } .peer { fill: #8c959f }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #ff5c7f } .peer { fill: #768390 } }
`

export const pictureOf = (report: Report): string => {
  let top = GAP
  const panels = [
    panelOf(report, 1, 'A call: less is better', ''),
    panelOf(report, 2, 'A call that changes one field of ten', ''),
    panelOf(report, 3, 'A cast, of 10 000', ', 10 000'),
  ].map(panel => {
    const drawn = draw(panel, top)
    top += HEAD + panel.bars.length * LINE + GAP
    return drawn
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="nestjs-peeper beside its peers: the time of a call">`,
    `<style>${STYLE}</style>`,
    ...panels,
    '</svg>\n',
  ].join('\n')
}

const panelOf = ({ figures, failures }: Report, row: number, title: string, suffix: string): Panel => {
  const measured = figures
    .filter(figure => figure.row === row && figure.name.endsWith(suffix))
    .map(({ name, median }) => ({ name: shortened(name, suffix), ns: median }))
    .sort((a, b) => a.ns - b.ns)
  const failed = failures
    .filter(failure => failure.row === row && failure.trial.endsWith(suffix))
    .map(({ trial }) => ({ name: shortened(trial, suffix), ns: undefined }))
  return { title, bars: [...measured, ...failed] }
}

const shortened = (name: string, suffix: string): string => {
  const bare = name.slice(0, name.length - suffix.length)
  return bare === 'ours' ? 'nestjs-peeper' : bare
}

const draw = ({ title, bars }: Panel, top: number): string => {
  const longest = Math.max(...bars.map(({ ns = 0 }) => ns))
  const lines = bars.map(({ name, ns }, i) => {
    const y = top + HEAD + i * LINE
    const width = ns === undefined ? 0 : Math.max(1, Math.round((ns / longest) * (WIDTH - LEFT - RIGHT)))
    const said = ns === undefined ? 'failed' : figureText(ns, 'ns')
    return [
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${name}</text>`,
      `<rect class="${name === 'nestjs-peeper' ? 'ours' : 'peer'}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
      `<text x="${LEFT + width + 6}" y="${y + 12}">${said}</text>`,
    ].join('')
  })
  return [`<text class="title" x="${GAP}" y="${top + 16}">${title}</text>`, ...lines].join('\n')
}
