// node scripts/jest.mjs [Jest's own arguments]
// Runs Jest on the compiled tests as they are, and ends with one plain line and Jest's exit code (never 0 when nothing passed).

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { RESULT, counts, resultLine } from './result.mjs'

const LIMIT = 15 * 60_000 // a run that hangs must not hold the machine that checks it

rmSync(RESULT, { force: true })

const jest = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${RESULT}`,
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
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
