import { afterAll, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))

afterAll(() => rmSync(folder, { recursive: true }))

interface Report {
  readonly machine: { readonly cores: number }
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly results: readonly {
    readonly row: number
    readonly work: string
    readonly ours: number | null
    readonly peer: { readonly name: string; readonly figure: number | null } | null
    readonly ratio: number | null
    readonly target: string | null
    readonly met: boolean | null
  }[]
}

const bench = (...options: string[]) =>
  spawnSync(process.execPath, ['.bench/main.js', ...options], { encoding: 'utf8' })

test('a short run measures every row, and ours never fails', () => {
  const file = join(folder, 'results.json')
  const { status, stdout, stderr } = bench('--short', '--rounds', '1', '--json', file)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })

  const { machine, versions, rounds, results } = JSON.parse(readFileSync(file, 'utf8')) as Report
  expect(machine.cores).toBeGreaterThan(0)
  expect(rounds).toBe(1)
  for (const library of ['node', 'nestjs-peeper', 'nact', 'xstate', 'comedy', 'fastq', 'async-mutex'])
    expect(`${library} ${versions[library] ?? ''}`).toMatch(/ \d+\.\d+\.\d+/)

  // Two need a server; where it is missing they say so.
  const leftOut = [...stdout.matchAll(/^row (\d+) is left out: there is no (PostgreSQL|Redis) at/gm)]
  const measured = new Set([...results.map(({ row }) => row), ...leftOut.map(([, row]) => Number(row))])
  expect([...measured].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
  for (const { work, ours, peer, ratio, target, met } of results) {
    expect({ work, ours }).toEqual({ work, ours: expect.any(Number) })
    expect(typeof ratio).toBe(typeof peer?.figure === 'number' ? 'number' : 'object') // null beside one that failed
    expect(met === null).toBe(target === null)
    expect(stdout).toContain(work)
  }
  expect(stdout).toContain('What they do not do')
}, 240_000)

test.each([
  [['--only', '1,99'], "--only: there is no row '99'"],
  [['--rounds', '0'], "--rounds: '0' is not a whole number above 0"],
  [['--quick'], "Unknown option '--quick'"],
  [['--docs', '--short'], '--docs takes what was measured before'],
])('%j is refused, and what can be given is told', (options, problem) => {
  const { status, stdout, stderr } = bench(...options)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain(problem)
  expect(stderr).toContain('npm run bench -- [options]')
})

test('--help tells the options', () => {
  expect(bench('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--rounds') })
})

test('the page and the picture show what bench/results.json holds', async () => {
  const built = (file: string): Promise<unknown> => import(pathToFileURL(resolve('.bench', file)).href)
  const { withMeasured } = (await built('docs.js')) as {
    withMeasured: (page: string, report: unknown) => string
  }
  const { pictureOf } = (await built('picture.js')) as { pictureOf: (report: unknown) => string }
  const report: unknown = JSON.parse(readFileSync('bench/results.json', 'utf8'))
  const page = readFileSync('docs/performance.md', 'utf8')
  expect(withMeasured(page, report)).toBe(page)
  expect(pictureOf(report)).toBe(readFileSync('docs/performance.svg', 'utf8'))
})
