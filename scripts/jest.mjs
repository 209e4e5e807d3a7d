// node scripts/jest.mjs [Jest's own arguments]
// Runs Jest on the compiled tests as they are, and ends with one plain line and Jest's exit code (never 0 when nothing passed).
// `--rounds N` is not for Jest but for test/durability: how often a process is killed.

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { RESULT, counts, resultLine } from './result.mjs'

rmSync(RESULT, { force: true })

const parameters = process.argv.slice(2)
const at = parameters.indexOf('--rounds')
const [, rounds] = at < 0 ? [] : parameters.splice(at, 2)

const LIMIT = 40 * 60_000 + Number(rounds ?? 0) * 5_000 // a run that hangs must not hold the machine that checks it

const jest = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${RESULT}`,
    ...parameters,
  ],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: rounds === undefined ? process.env : { ...process.env, ROUNDS: rounds },
  },
)

const limit = setTimeout(() => {
  console.error(`Jest was not done after ${LIMIT / 60_000} minutes and was ended.`)
  rmSync(RESULT, { force: true })
  jest.kill('SIGKILL')
}, LIMIT)

jest.on('close', (code, signal) => {
  clearTimeout(limit)
  const { passed, failed } = counts()
  if (signal !== null) console.error(`Jest was ended by ${signal}.`)
  if (passed + failed === 0) console.error('No test was run.')
  console.log(resultLine())
  // A test that calls process.exit(0) ends Jest with 0 and no result: only what passed has passed.
  process.exitCode = code === 0 && (failed > 0 || passed === 0) ? 1 : (code ?? 1)
})
