import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Figure, Result } from './judge.js'
import { machine, revision, versions, type Machine } from './machine.js'
import { ROOT } from './root.js'

/** A trial that failed. */
export interface Failure {
  readonly row: number
  readonly trial: string
  readonly why: string
}

/** What `results.json` holds: where and when it was, and all that came of it. */
export interface Report {
  readonly date: string
  readonly commit: string
  /** The code was more than that commit. */
  readonly dirty: boolean
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly short: boolean
  /** One for each comparison. */
  readonly results: readonly Result[]
  /** Each figure alone, with its samples. */
  readonly figures: readonly Figure[]
  readonly failures: readonly Failure[]
}

/** The record of the last whole run. */
export const REPORT = join(ROOT, 'bench', 'results.json')

/** Where and when it is. */
export const circumstances = (): Pick<Report, 'date' | 'commit' | 'dirty' | 'machine' | 'versions'> => ({
  date: new Date().toISOString(),
  ...revision(),
  machine: machine(),
  versions: versions(),
})

export const readReport = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report

export const writeReport = (file: string, report: Report): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, inShort, 2)}\n`)
}

// Nothing that is measured is known to more digits.
const inShort = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value
