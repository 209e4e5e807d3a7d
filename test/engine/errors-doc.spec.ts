import { beforeAll, describe, expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, errorClassesOf } from '../support/error-classes.js'

const textsOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(folder, file), 'utf8'))

const page = readFileSync('docs/errors.md', 'utf8')
const documented = [...page.matchAll(/^## `?(PEEPER_[A-Z_]+)`?\s*$/gm)].map(([, code]) => code as string)
let codes: string[]

beforeAll(async () => {
  codes = [
    ...(
      await errorClassesOf(
        'nestjs-peeper',
        'nestjs-peeper/engine',
        'nestjs-peeper/lmdb',
        'nestjs-peeper/redis',
        'nestjs-peeper/postgres',
      )
    ).values(),
  ].map(codeOf)
})

describe('error codes', () => {
  test('are there', () => {
    expect(codes.length).toBeGreaterThan(25)
  })

  test('are each of one class alone', () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
  })

  test('have each one heading in docs/errors.md', () => {
    expect(codes.filter(code => !documented.includes(code))).toEqual([])
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([])
  })

  test('are those that docs/errors.md documents, and no others', () => {
    expect(documented.filter(code => !codes.includes(code))).toEqual([])
  })

  test('of the sources are all of exported classes', () => {
    const written = textsOf('lib').flatMap(text => [...text.matchAll(/\bcode = '(PEEPER_[A-Z_]+)'/g)])
    expect(written.map(([, code]) => code as string).sort()).toEqual([...codes].sort())
  })
})
