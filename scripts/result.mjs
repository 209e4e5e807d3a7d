// The outcome of the last Jest run in one plain line: `node scripts/result.mjs`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export const RESULT = '.result.json'

/** Nothing was counted yet. */
export const none = () => ({ passed: 0, failed: 0, skipped: 0 })

export const sum = (one, other) => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
})

/** Leaves counts where `counts` finds them. */
export const write = ({ passed, failed, skipped }) => {
  const jests = { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped }
  writeFileSync(RESULT, JSON.stringify({ ...jests, numRuntimeErrorTestSuites: 0, numTodoTests: 0 }))
}

/** What the last run counted. A file that could not even be loaded counts as one failure, and so does a run without a result. */
export const counts = () => {
  if (!existsSync(RESULT)) return { passed: 0, failed: 1, skipped: 0 }
  const result = JSON.parse(readFileSync(RESULT, 'utf8'))
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}

export const resultLine = () => {
  const { passed, failed, skipped } = counts()
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(resultLine())
