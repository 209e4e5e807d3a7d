import { importsOf, type Import, type Offence, type Source } from './source.js'

/** What files of a part of the library may not import, and why the rule is there. */
export interface ImportRule {
  readonly name: string
  /** The files it speaks of. */
  readonly applies: (path: string) => boolean
  readonly forbids: (each: Import) => boolean
}

const isPackage = (target: string, name: string): boolean => target === name || target.startsWith(`${name}/`)

/** A part of a layer: a folder (`lib/engine/worker/…`) or a file of that name (`lib/engine/worker.ts`). */
export const within = (...parts: string[]) => {
  const pattern = new RegExp(`^lib/(?:${parts.join('|')})(?:/|\\.ts$)`)
  return (path: string): boolean => pattern.test(path)
}

const inEngine = within('engine')
const isPure = within(
  'engine/supervisor/strategy',
  'engine/supervisor/intensity',
  'engine/exit',
  'engine/outcome',
  'engine/child-spec',
)
const isErrors = within('engine/errors')

/** What the rules speak of. If one of these were renamed, its rule would guard an empty room. */
export const namedParts: readonly string[] = [
  'engine/supervisor/strategy',
  'engine/supervisor/intensity',
  'engine/exit',
  'engine/outcome',
  'engine/child-spec',
  'engine/errors',
  'engine/mailbox',
  'engine/listener',
  'engine/worker',
  'engine/keeper',
  'engine/data',
  'engine/tables',
  'engine/identity',
  'engine/clock',
  'keepers',
  'nest/decorators',
  'nest/discovery',
  'nest/runtime',
  'nest/client',
  'cli',
  'testing',
]

/** What loads a driver, and where. */
const drivers = [
  ['lmdb', 'keepers/lmdb'],
  ['pg', 'keepers/postgres'],
  ['ioredis', 'keepers/redis'],
] as const

/** The architecture, rule by rule. */
export const importRules: readonly ImportRule[] = [
  {
    name: 'the engine knows no Nest',
    applies: inEngine,
    forbids: ({ target }) => target.startsWith('@nestjs/') || isPackage(target, 'reflect-metadata'),
  },
  {
    name: 'the engine imports nothing of the library but itself',
    applies: inEngine,
    forbids: ({ target }) => target.startsWith('lib/') && !inEngine(target),
  },
  {
    name: 'in the engine, rxjs is for the mailbox and the listener alone',
    applies: path => inEngine(path) && !within('engine/mailbox', 'engine/listener')(path),
    forbids: ({ target }) => isPackage(target, 'rxjs'),
  },
  {
    name: 'strategy, intensity, exit, outcome and child-spec are pure: they run each other, the errors and nothing else',
    applies: isPure,
    forbids: ({ target, typeOnly }) => !typeOnly && !isPure(target) && !isErrors(target),
  },
  {
    name: 'a worker knows no supervisor',
    applies: within('engine/worker'),
    forbids: ({ target }) => within('engine/supervisor')(target),
  },
  {
    name: 'a keeper knows no worker',
    applies: within('engine/keeper', 'keepers'),
    forbids: ({ target }) => within('engine/worker')(target),
  },
  {
    name: 'a keeper of a store knows of the library other keepers, and of the engine what a keeper is, data and its bytes, tables, errors, identities, the clock',
    applies: within('keepers'),
    forbids: ({ target }) =>
      target.startsWith('lib/') &&
      !within(
        'keepers',
        'engine/keeper',
        'engine/data',
        'engine/codec',
        'engine/tables',
        'engine/errors',
        'engine/identity',
        'engine/clock',
      )(target),
  },
  {
    name: 'only a keeper of a store needs a driver, and only its own',
    applies: () => true,
    forbids: ({ from, target }) =>
      drivers.some(([driver, keeper]) => isPackage(target, driver) && !within(keeper)(from)),
  },
  {
    name: 'decorators know no discovery, runtime or client',
    applies: within('nest/decorators'),
    forbids: ({ target }) => within('nest/discovery', 'nest/runtime', 'nest/client')(target),
  },
  {
    name: 'nothing inside the library enters by a public door',
    applies: () => true,
    forbids: ({ from, target }) =>
      isPackage(target, 'nestjs-peeper') ||
      target === 'lib/index.ts' ||
      (target === 'lib/engine/index.ts' && from !== 'lib/index.ts'),
  },
  {
    name: 'nothing of the library needs its command line',
    applies: path => !within('cli')(path),
    forbids: ({ target }) => within('cli')(target),
  },
  {
    name: 'nothing of the library needs its testing tools',
    applies: path => !within('testing')(path),
    forbids: ({ target }) => within('testing')(target),
  },
]

export const offencesAgainst = (rule: ImportRule, sources: readonly Source[]): Offence[] =>
  sources
    .filter(({ path }) => rule.applies(path))
    .flatMap(importsOf)
    .filter(rule.forbids)
    .map(({ from, line, specifier, typeOnly }) => ({
      path: from,
      line,
      what: `imports ${typeOnly ? 'a type of ' : ''}'${specifier}'`,
    }))
