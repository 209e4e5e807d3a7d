// node --expose-gc child.js <row> <trial> <effort>: one trial, in a process in which nothing else ever ran. It says when it is ready, then
// answers each message with a sample.

import type { Effort } from './effort.js'
import type { Figures, Sampler } from './row.js'
import { rows } from './rows/rows.js'

/** What it tells the process that started it. */
export type Answer = { readonly figures: Figures } | { readonly failed: string }

const [row, trial = '', effort = ''] = process.argv.slice(2)

const answer = async (take: Sampler): Promise<void> => {
  let said: Answer
  try {
    said = { figures: await take() }
  } catch (error) {
    said = { failed: error instanceof Error ? error.message : String(error) }
  }
  process.send?.(said)
}

process.once('disconnect', () => process.exit()) // whatever a peer has left running

await answer(async () => {
  const found = rows.find(each => each.row === Number(row))?.trials[trial]
  if (found === undefined) throw new Error(`row ${row} has no trial '${trial}'`)
  const take = await found.prepare(JSON.parse(effort) as Effort)
  process.on('message', () => void answer(take))
  return {}
})
