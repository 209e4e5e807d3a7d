import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { REPORT } from './report.js'

export const USAGE = `npm run bench -- [options]

  --only 1,2      these rows alone
  --rounds 5      how often all is measured anew (5; of a short run 1)
  --json <file>   where the results are written (a run of all rows: bench/results.json)
  --short         the least of everything: proves that it runs, its figures mean nothing
  --docs          measures nothing: writes the table and the picture of bench/results.json into docs/
  --help          this

It asserts nothing: it exits with 0 whatever the figures are, with 1 if one of ours could not be measured.`

export interface Options {
  /** Numbers of rows; all if undefined. */
  readonly only: readonly number[] | undefined
  readonly rounds: number
  /** undefined: nowhere. Some of the rows, or a short run, are no record: they are written only where they are told to. */
  readonly json: string | undefined
  readonly short: boolean
  readonly docs: boolean
  readonly help: boolean
}

/** What was given cannot be. */
export class BadUsage extends Error {}

/** @throws BadUsage */
export const optionsOf = (given: string[], rows: readonly number[]): Options => {
  const { only, json, short = false, rounds = short ? '1' : '5', docs = false, help = false } = parsed(given)
  if (docs && given.length > 1) throw new BadUsage('--docs takes what was measured before: give it alone')
  const isWhole = !short && only === undefined
  const whereAsked = process.env.INIT_CWD ?? '.' // npm runs this elsewhere
  return {
    only: only?.split(',').map(one => rowOf(one, rows)),
    rounds: roundsOf(rounds),
    json: json === undefined ? (isWhole ? REPORT : undefined) : resolve(whereAsked, json),
    short,
    docs,
    help,
  }
}

const parsed = (given: string[]) => {
  try {
    return parseArgs({
      args: given,
      options: {
        only: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
        short: { type: 'boolean' },
        docs: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new BadUsage(error instanceof Error ? error.message : String(error))
  }
}

const rowOf = (given: string, rows: readonly number[]): number => {
  const row = given.trim() === '' ? NaN : Number(given)
  if (!rows.includes(row)) throw new BadUsage(`--only: there is no row '${given}', but ${rows.join(', ')}`)
  return row
}

const roundsOf = (given: string): number => {
  const rounds = Number(given)
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new BadUsage(`--rounds: '${given}' is not a whole number above 0`)
  return rounds
}
