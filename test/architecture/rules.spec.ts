import { describe, expect, test } from '@jest/globals'
import { cycles } from './cycle-rule.js'
import { importRules, offencesAgainst } from './import-rules.js'
import { library, parse } from './source.js'
import { stateOffences } from './state-rule.js'
import { timeOffences } from './time-rule.js'

/** The names of the import rules that a file breaks. */
const broken = (path: string, text: string): string[] =>
  importRules.filter(rule => offencesAgainst(rule, [parse(path, text)]).length > 0).map(({ name }) => name)

const timed = (text: string, path = 'lib/engine/a.ts'): string[] =>
  timeOffences([parse(path, text)]).map(({ line, what }) => `${line} ${what}`)

const shared = (text: string): string[] =>
  stateOffences([parse('lib/engine/a.ts', text)]).map(({ line, what }) => `${line} ${what}`)

const SHARED = 'which all of the process shares'

describe('a rule about imports fails', () => {
  test.each([
    ['lib/engine/a.ts', `import { Injectable } from '@nestjs/common'`, /knows no Nest/],
    ['lib/engine/a.ts', `import type { Type } from '@nestjs/common'`, /knows no Nest/],
    ['lib/engine/a.ts', `import 'reflect-metadata'`, /knows no Nest/],
    ['lib/engine/a.ts', `export * from '@nestjs/core'`, /knows no Nest/],
    ['lib/engine/a.ts', `const load = () => import('@nestjs/core')`, /knows no Nest/],
    ['lib/engine/a.ts', `export const a: import('@nestjs/core').ModuleRef = b`, /knows no Nest/],
    [
      'lib/engine/a/b.ts',
      `import { tokens } from '../../nest/tokens.js'`,
      /nothing of the library but itself/,
    ],
    ['lib/engine/server/a.ts', `import { Subject } from 'rxjs'`, /rxjs is for/],
    ['lib/engine/worker.ts', `import { map } from 'rxjs/operators'`, /rxjs is for/],
    ['lib/engine/exit.ts', `import { inspect } from 'node:util'`, /are pure/],
    ['lib/engine/supervisor/strategy.ts', `import { run } from './supervisor.js'`, /are pure/],
    ['lib/engine/supervisor/intensity/window.ts', `import { now } from '../../clock.js'`, /are pure/],
    ['lib/engine/worker/a.ts', `import type { Child } from '../supervisor/child.js'`, /knows no supervisor/],
    ['lib/engine/worker.ts', `import { Child } from './supervisor.js'`, /knows no supervisor/],
    ['lib/engine/keeper/a.ts', `import { Life } from '../worker/life.js'`, /knows no worker/],
    ['lib/keepers/redis/a.ts', `import { Life } from '../../engine/worker/life.js'`, /knows no worker/],
    [
      'lib/keepers/redis/a.ts',
      `import { Server } from '../../engine/server/server.js'`,
      /a keeper of a store/,
    ],
    ['lib/keepers/record/a.ts', `import type { Peeper } from '../../nest/peeper.js'`, /a keeper of a store/],
    ['lib/engine/a.ts', `import { lmdbKeeper } from '../keepers/lmdb/index.js'`, /but itself/],
    ['lib/keepers/record/a.ts', `import type { Database } from 'lmdb'`, /needs a driver/],
    ['lib/keepers/lmdb/a.ts', `import type { Pool } from 'pg'`, /needs a driver/],
    ['lib/nest/decorators/a.ts', `import { find } from '../discovery/explorer.js'`, /decorators know no/],
    ['lib/nest/decorators/a.ts', `import { a } from '../runtime/a.js'`, /decorators know no/],
    ['lib/nest/decorators/a.ts', `import type { Client } from '../client/client.js'`, /decorators know no/],
    ['lib/nest/a.ts', `import { reply } from '../index.js'`, /public door/],
    ['lib/nest/a.ts', `import { reply } from '../engine/index.js'`, /public door/],
    ['lib/nest/a.ts', `import { reply } from 'nestjs-peeper/engine'`, /public door/],
    ['lib/nest/a.ts', `import { run } from '../cli/cli.js'`, /command line/],
    ['lib/nest/a.ts', `import { simulatedClock } from '../testing/index.js'`, /testing tools/],
  ])('%s: %s', (path, text, rule) => {
    expect(broken(path, text)).toContainEqual(expect.stringMatching(rule))
  })
})

describe('no rule about imports fails', () => {
  test.each([
    ['lib/engine/mailbox/a.ts', `import { Subject } from 'rxjs'`],
    ['lib/engine/listener.ts', `import { Subject } from 'rxjs'`],
    ['lib/nest/client/a.ts', `import { Subject } from 'rxjs'`],
    ['lib/engine/exit.ts', `import type { Clock } from './clock.js'`],
    ['lib/engine/exit.ts', `import { type Clock } from './clock.js'`],
    ['lib/engine/supervisor/strategy.ts', `import { isError } from '../exit.js'`],
    ['lib/engine/outcome.ts', `import { BadOutcomeError } from './errors.js'`],
    ['lib/engine/supervisor/a.ts', `import { Life } from '../worker/life.js'`],
    ['lib/index.ts', `export { reply } from './engine/index.js'`],
    ['lib/keepers/lmdb/a.ts', `import { replay } from '../../engine/data/patch.js'`],
    ['lib/keepers/lmdb/a.ts', `const driver = import('lmdb')`],
    ['lib/keepers/postgres/a.ts', `const driver = import('pg')`],
    ['lib/testing/a.ts', `import { Engine } from '../engine/engine.js'`],
  ])('%s: %s', (path, text) => {
    expect(broken(path, text)).toEqual([])
  })
})

describe('the rule about time', () => {
  test.each([
    ['setTimeout(f, 1)', 'uses setTimeout'],
    ['const start = setInterval', 'uses setInterval'],
    ['globalThis.setImmediate(f)', 'uses globalThis.setImmediate'],
    ['clearTimeout(t)', 'uses clearTimeout'],
    ['const now = Date.now()', 'uses Date.now'],
    ['const now = globalThis.Date.now', 'uses Date.now'],
    ['const now = performance.now()', 'uses performance.now'],
    ['const now = process.hrtime.bigint()', 'uses process.hrtime'],
    ['const now = new Date()', 'uses the current Date'],
    ['const signal = AbortSignal.timeout(5)', 'uses AbortSignal.timeout'],
    [`import { setTimeout as sleep } from 'node:timers/promises'`, `imports 'node:timers/promises'`],
    [`import { performance as p } from 'perf_hooks'`, `imports 'perf_hooks'`],
  ])('fails at %s', (text, what) => {
    expect(timed(`\n${text}`).map(each => each.replace(/^2 /, ''))).toContain(what)
  })

  test.each([
    'clock.setTimeout(f, 1)',
    'const at = new Date(0)',
    'const clock = { now: () => 1, setTimeout() {} }',
    'let handle: ReturnType<typeof setTimeout>',
    'const at = clock.now()',
    'const name = constructor.name',
  ])('lets %s pass', text => {
    expect(timed(text)).toEqual([])
  })

  test.each(['lib/engine/clock.ts', 'lib/engine/clock-system.ts'])('lets %s use them all', path => {
    expect(timed('setTimeout(f, Date.now())', path)).toEqual([])
  })

  test('lets no other file of that name use them', () => {
    expect(timed('setTimeout(f, 1)', 'lib/nest/clock.ts')).toEqual(['1 uses setTimeout'])
  })
})

describe('the rule about shared state', () => {
  test.each([
    ['let count = 0', `1 has a module-level variable 'let count = 0'`],
    ['var count = 0', `1 has a module-level variable 'var count = 0'`],
    ['class A { static count = 0 }', `1 has a static 'count' that can be set`],
    ['class A { static readonly all = new Map() }', `1 has a static 'all' that can be written to`],
    ['const all = new Map()\nconst add = k => all.set(k, 1)', `2 writes to 'all', ${SHARED}`],
    ['const seen = new WeakSet()\nexport function see(o) { seen.add(o) }', `2 writes to 'seen', ${SHARED}`],
    ['const list = []\nconst f = () => list.push(1)', `2 writes to 'list', ${SHARED}`],
    ['const list: string[] = []\nconst f = i => { list[i] = 1 }', `2 writes to 'list', ${SHARED}`],
    ['const count = { n: 0 }\nconst f = () => count.n++', `2 writes to 'count', ${SHARED}`],
    ['const deep = { a: { b: [] } }\nconst f = () => deep.a.b.push(1)', `2 writes to 'deep', ${SHARED}`],
    ['const o = Object.create(null)\nconst f = k => delete o[k]', `2 writes to 'o', ${SHARED}`],
    ['const o = {}\nconst f = k => Object.assign(o, k)', `2 writes to 'o', ${SHARED}`],
  ])('fails at %j', (text, offence) => {
    expect(shared(text)).toEqual([offence])
  })

  test.each([
    'const names = new Set(["a"])\nconst f = n => names.has(n)',
    'class A { static readonly none = Object.freeze([]); readonly mine = new Map() }',
    'function f() { const all = new Map(); all.set(1, 1); let n = 0; n++ }',
    'const all = new Map()\nfunction f(all) { all.set(1, 1) }',
    'const all = []\nfunction f() { const all = []; all.push(1) }',
    'const all = []\nfor (const all of lists) { all.push(1) }',
    'declare let outside: number',
  ])('lets %j pass', text => {
    expect(shared(text)).toEqual([])
  })

  test('fails where a file writes to a container of another file', () => {
    const sources = [
      parse('lib/engine/a.ts', 'export const all = new Map()'),
      parse('lib/engine/b.ts', `import { all as known } from './a.js'\nknown.set(1, 1)`),
    ]
    expect(stateOffences(sources)).toEqual([
      { path: 'lib/engine/b.ts', line: 2, what: `writes to 'known', ${SHARED}` },
    ])
  })
})

describe('the rule about cycles', () => {
  test('tells a cycle of three folders once, import by import', () => {
    const told = cycles([
      parse('lib/engine/worker/a.ts', `import { b } from '../keeper/b.js'`),
      parse('lib/engine/keeper/b.ts', `import type { c } from '../server/deep/c.js'`),
      parse('lib/engine/server/deep/c.ts', `\nimport { a } from '../../worker/a.js'`),
      parse('lib/engine/mailbox/d.ts', `import { a } from '../worker/a.js'`),
    ])
    expect(told).toEqual([
      [
        'lib/engine/keeper -> lib/engine/server -> lib/engine/worker -> lib/engine/keeper',
        "  lib/engine/keeper/b.ts:1 imports a type of '../server/deep/c.js'",
        "  lib/engine/server/deep/c.ts:2 imports '../../worker/a.js'",
        "  lib/engine/worker/a.ts:1 imports '../keeper/b.js'",
      ].join('\n'),
    ])
  })

  test('files of one folder may import each other, and so may a chain of folders', () => {
    const told = cycles([
      parse('lib/engine/worker/a.ts', `import { b } from './b.js'`),
      parse('lib/engine/worker/b.ts', `import { a } from './a.js'\nimport { c } from '../keeper/c.js'`),
      parse('lib/engine/keeper/c.ts', `import { d } from '../exit.js'`),
    ])
    expect(told).toEqual([])
  })
})

test('the rules read the library as it is', () => {
  expect(library().length).toBeGreaterThan(0)
})
