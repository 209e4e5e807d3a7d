// What can be checked and built, and what must be built before it. `npm run verify` and `.ci/run` read the same list,
// so that they cannot come to mean two things.

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The samples: every folder of `sample/` with a tsconfig. */
export const samples = () =>
  existsSync('sample')
    ? readdirSync('sample')
        .filter(name => existsSync(join('sample', name, 'tsconfig.json')))
        .sort()
    : []

const remove = path => () => rmSync(path, { recursive: true, force: true })

/** @type {Record<string, { needs?: string[], clean?: () => void, commands?: () => string[][] }>} each command is [binary, ...arguments] */
export const tasks = {
  build: { commands: () => [['nest', 'build']] },
  'build:samples': {
    needs: ['build'],
    clean: () => samples().forEach(name => remove(join('sample', name, 'dist'))()),
    commands: () => samples().map(name => ['tsc', '-p', join('sample', name)]),
  },
  'build:tests': {
    needs: ['build'],
    clean: remove('.test'),
    commands: () => [['tsc', '-p', 'tsconfig.test.json']],
  },

  'build:bench': {
    needs: ['build'],
    clean: remove('.bench'),
    commands: () => [['tsc', '-p', 'bench']],
  },

  format: { commands: () => [['prettier', '--check', '.']] },
  lint: { needs: ['build'], commands: () => [['eslint', '.', '--max-warnings', '0']] },
  types: {
    needs: ['build'],
    commands: () => [
      ['tsc', '-p', 'tsconfig.types.json'],
      ['tsc', '-p', 'bench', '--noEmit'],
    ],
  },
  architecture: {
    needs: ['build:tests'],
    commands: () => [['node', 'scripts/jest.mjs', '.test/architecture/']],
  },
  package: {
    needs: ['build'],
    commands: () => [
      ['publint', '--strict'],
      ['attw', '--pack', '.', '--profile', 'esm-only', '--no-definitely-typed'],
      ['node', 'scripts/size.mjs'],
    ],
  },
  smoke: {
    needs: ['build'],
    commands: () => [
      ['node', 'test/smoke/entries.mjs'],
      ['node', 'test/smoke/nest-11.mjs'],
    ],
  },
  test: {
    needs: ['build', 'build:samples', 'build:tests', 'build:bench', 'types'],
    commands: () => [['node', 'scripts/jest.mjs']],
  },
  bench: {
    needs: ['build:bench', 'build:samples'],
    commands: () => [['node', '.bench/main.js']],
  },

  checks: {
    needs: ['format', 'build', 'lint', 'types', 'build:samples', 'architecture', 'package', 'smoke'],
  },
  verify: { needs: ['checks', 'test'] },
}
