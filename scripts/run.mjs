// node scripts/run.mjs <task> [arguments for its commands]
// Runs a task of tasks.mjs and what it needs, each once. What needs a failed task is skipped, the rest still runs:
// one look shows everything that is wrong.

import { spawnSync } from 'node:child_process'
import { delimiter, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resultLine } from './result.mjs'
import { tasks } from './tasks.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const [wanted, ...rest] = process.argv.slice(2)
if (wanted === undefined || tasks[wanted] === undefined) {
  console.error(`There is no task '${wanted ?? ''}'. There are: ${Object.keys(tasks).join(', ')}`)
  process.exit(2)
}

const env = { ...process.env, PATH: resolve('node_modules/.bin') + delimiter + (process.env.PATH ?? '') }

const succeeds = ([binary, ...parameters]) => {
  const windows = process.platform === 'win32' // there, what npm links is a .cmd file
  const { status, error } = spawnSync(binary, parameters, { stdio: 'inherit', env, shell: windows })
  if (error !== undefined) console.error(`${binary} could not be run: ${error.message}`)
  return status === 0
}

const states = new Map()

const run = name => {
  if (states.has(name)) return states.get(name)
  const { needs = [], clean, commands } = tasks[name]
  const missing = needs.filter(need => run(need) !== 'ok')
  let state = missing.length === 0 ? 'ok' : `not run: needs ${missing.join(', ')}`
  if (commands !== undefined && state === 'ok') {
    console.log(`\n== ${name}`)
    clean?.()
    const all = commands().map(command => [...command, ...(name === wanted ? rest : [])])
    state = all.every(succeeds) ? 'ok' : 'FAILED'
  }
  states.set(name, state)
  return state
}

const state = run(wanted)
const steps = [...states].filter(([name]) => tasks[name].commands !== undefined)

if (state !== 'ok' || tasks[wanted].commands === undefined) {
  console.log('')
  for (const [name, result] of steps)
    console.log(
      `${result === 'ok' ? 'ok    ' : 'FAILED'}  ${name}${result.startsWith('not') ? ` (${result})` : ''}`,
    )
  const tested = states.get('test')
  if (tested !== undefined) console.log(tested.startsWith('not') ? '0 passed, 1 failed' : resultLine())
}
process.exitCode = state === 'ok' ? 0 : 1
