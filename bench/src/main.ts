// npm run bench: ours beside what a user would pick instead. See docs/performance.md.

import { conduct } from './conduct.js'
import { peers } from './contenders/peers.js'
import { writeDocs } from './docs.js'
import { FULL, SHORT } from './effort.js'
import { figuresOf, resultsOf, type Figure, type Result } from './judge.js'
import { BadUsage, optionsOf, USAGE, type Options } from './options.js'
import { circumstances, readReport, REPORT, writeReport, type Failure } from './report.js'
import { rows } from './rows/rows.js'
import { measurable } from './servers.js'
import { legendText, rowText, summaryText } from './table.js'

/** @returns whether all of ours could be measured */
const run = async ({ only, rounds, json, short }: Options): Promise<boolean> => {
  const where = circumstances() // before anybody commits something else
  const asked = rows.filter(({ row }) => only?.includes(row) ?? true)
  const chosen = await measurable(asked, console.log)
  const all: { results: Result[]; figures: Figure[]; failures: Failure[] } = {
    results: [],
    figures: [],
    failures: [],
  }
  let isWhole = true

  console.log(`nestjs-peeper, and beside it what would be taken instead: medians of ${rounds} rounds\n`)
  for (const row of chosen) {
    const findings = await conduct(row, rounds, short ? SHORT : FULL)
    const results = resultsOf(row, findings)
    const failures = Object.entries(findings.failures).map(([trial, why]) => ({ row: row.row, trial, why }))
    all.results.push(...results)
    all.figures.push(...figuresOf(row.row, findings))
    all.failures.push(...failures)
    isWhole &&= failures.every(({ trial }) => row.trials[trial]?.by !== undefined)
    console.log(`${rowText(results, failures)}\n`)
  }

  const shown = peers.filter(({ name }) => all.results.some(({ peer }) => peer?.name.startsWith(name)))
  if (shown.length > 0) console.log(`What they do not do, and nestjs-peeper does:\n${legendText(shown)}\n`)
  console.log(summaryText(all.results) + (short ? ', which means nothing: this was a short run' : ''))
  if (json !== undefined) {
    writeReport(json, { ...where, rounds, short, ...all })
    console.log(`Written to ${json}`)
  }
  return isWhole
}

try {
  const options = optionsOf(
    process.argv.slice(2),
    rows.map(({ row }) => row),
  )
  if (options.help) console.log(USAGE)
  else if (options.docs) console.log(`Written: ${writeDocs(readReport(REPORT)).join(', ')}`)
  else if (!(await run(options))) {
    console.error('One of our own trials failed: see FAILED above.')
    process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof BadUsage)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
