import { describe, expect, test } from '@jest/globals'
import { cycles } from './cycle-rule.js'
import { importRules, namedParts, offencesAgainst, within } from './import-rules.js'
import { library, type Offence } from './source.js'
import { stateOffences } from './state-rule.js'
import { timeOffences } from './time-rule.js'

const LONGEST = 300

const sources = library()
const told = (offences: Offence[]): string[] =>
  offences.map(({ path, line, what }) => `${path}:${line} ${what}`)

describe('what the files of the library import', () => {
  test.each(namedParts)('lib/%s, which the rules speak of, is there', part => {
    expect(sources.map(({ path }) => path).filter(within(part))).not.toEqual([])
  })

  test.each(importRules)('$name', rule => {
    expect(told(offencesAgainst(rule, sources))).toEqual([])
  })

  test('no two folders of a layer import each other, not even round about', () => {
    expect(cycles(sources)).toEqual([])
  })
})

describe('what the files of the library do', () => {
  test('only the clock starts timers and reads the time', () => {
    expect(told(timeOffences(sources))).toEqual([])
  })

  test('nothing is shared by all engines of a process: no variables, no statics, no containers that are written to', () => {
    expect(told(stateOffences(sources))).toEqual([])
  })

  test(`no file is longer than ${LONGEST} lines`, () => {
    const long = sources.map(({ path, tree }) => ({ path, lines: tree.text.trimEnd().split('\n').length }))
    expect(long.filter(({ lines }) => lines > LONGEST)).toEqual([])
  })
})
