// node scripts/jest.mjs [Jest's own arguments]
// Runs Jest on the compiled tests as they are, and ends with one plain line and Jest's exit code (never 0 when nothing passed).
// `--rounds N` is not for Jest but for test/durability: how often a process is killed.

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { RESULT, counts, none, resultLine, sum, write } from './result.mjs'

rmSync(RESULT, { force: true })

const parameters = process.argv.slice(2)
const at = parameters.indexOf('--rounds')
const [, rounds] = at < 0 ? [] : parameters.splice(at, 2)

const LIMIT = 40 * 60_000 + Number(rounds ?? 0) * 5_000 // a run that hangs must not hold the machine that checks it

// Jest's workers keep what the modules of each file took; after a hundred files their garbage collector has most of the time. So a whole run is
// several, one after the other.
const SHARDS = parameters.length === 0 ? [1, 2, 3, 4].map(shard => [`--shard=${shard}/4`]) : [[]]

let jest
let isOver = false
const limit = setTimeout(() => {
  console.error(`Jest was not done after ${LIMIT / 60_000} minutes and was ended.`)
  isOver = true
  jest.kill('SIGKILL')
}, LIMIT)

/** Runs Jest once. Its exit code; `undefined` if it was killed. */
const run = shard =>
  new Promise(resolve => {
    jest = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--experimental-vm-modules',
        'node_modules/jest/bin/jest.js',
        '--json',
        `--outputFile=${RESULT}`,
        ...shard,
        ...parameters,
      ],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: rounds === undefined ? process.env : { ...process.env, ROUNDS: rounds },
      },
    )
    jest.on('close', (code, signal) => {
      if (signal !== null) console.error(`Jest was ended by ${signal}.`)
      resolve(code ?? undefined)
    })
  })

let [worst, total] = [0, none()]
for (const shard of SHARDS) {
  if (isOver) break
  rmSync(RESULT, { force: true })
  const code = await run(shard)
  const counted = isOver ? { ...none(), failed: 1 } : counts()
  // A test that calls process.exit(0) ends Jest with 0 and no result: only what passed has passed.
  if (code !== 0 || counted.failed > 0) worst ||= code || 1
  total = sum(total, counted)
}
clearTimeout(limit)
write(total)
if (total.passed + total.failed === 0) console.error('No test was run.')
console.log(resultLine())
process.exitCode = worst || (total.passed === 0 ? 1 : 0)
