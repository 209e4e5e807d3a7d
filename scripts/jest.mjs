// node scripts/jest.mjs [Jest's own arguments]
// Runs Jest on the compiled tests as they are, and ends with one plain line and Jest's exit code.

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
  let exit = code ?? 1
  if (signal !== null) console.error(`Jest was ended by ${signal}.`)
  if (passed + failed === 0) {
    console.error('No test was run.')
    exit ||= 1
  }
  console.log(resultLine())
  process.exitCode = exit
})
