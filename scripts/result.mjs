// The outcome of the last Jest run in one plain line: `node scripts/result.mjs`.

import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export const RESULT = '.result.json'

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
