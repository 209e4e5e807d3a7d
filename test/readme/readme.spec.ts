import { beforeAll, describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import ts from 'typescript'
import { compile, type Compiled } from './compiler.js'
import { withAssertions } from './results.js'
import { shapesOf } from './shapes.js'
import {
  anchorsOf,
  blocksOf,
  documents,
  examples,
  isProgram,
  languagesOf,
  linksOf,
  type Snippet,
} from './snippets.js'

// The names that blocks of the README leave out: clients of the servers that other blocks define.
const SURROUNDINGS = `
@Module({
  imports: [CartModule, PeeperModule.forFeature([Stock, Account, Score, Door, Lot])],
  providers: [Stock, Account, Score, Door, Lot],
})
class All {}
const app = await NestFactory.createApplicationContext(All, { logger: false })
const client = <T>(server: Type<T>) => app.get<PeeperClient<T>>(getPeeperToken(server))
export const cart = client(Cart)
export const stock = client(Stock)
export const account = client(Account)
export const score = client(Score)
export const door = client(Door)
export const lots = app.get<PeeperClients<Lot>>(getPeeperToken(Lot))
export const peeper = app.get(Peeper)
`

const FOLDER = '.test/readme/programs'

describe.each(documents())('%s', path => {
  const blocks = blocksOf(path)
  const nameOf = (block: Snippet): string => `${path.replace(/\W/g, '-')}-${blocks.indexOf(block) + 1}`
  let compiled: Map<string, Compiled>

  beforeAll(() => {
    const modules = new Map(blocks.map(block => [nameOf(block), block.code]))
    if (path === 'README.md') modules.set('surroundings', SURROUNDINGS)
    compiled = compile(modules)
    rmSync(FOLDER, { recursive: true, force: true })
    mkdirSync(FOLDER, { recursive: true })
    for (const [name, { code }] of compiled) writeFileSync(`${FOLDER}/${name}.js`, emit(code))
  })

  test('has links that lead somewhere', () => {
    const dead = linksOf(path).filter(link => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
    })
    expect(dead).toEqual([])
  })

  test('has blocks of languages that are looked at', () => {
    expect(languagesOf(path).filter(language => !['ts', 'sh', ''].includes(language))).toEqual([])
  })

  test('has the names that its blocks leave out', () => {
    expect(compiled.get('surroundings')?.errors ?? []).toEqual([])
  })

  if (blocks.length > 0)
    test.each(blocks)('$where compiles', block => {
      expect(compiled.get(nameOf(block))?.errors).toEqual([])
    })

  const programs = blocks.filter(isProgram)
  if (programs.length > 0)
    test.each(programs)('$where runs, and gives the results it shows', block => {
      const { code } = withAssertions(compiled.get(nameOf(block))?.code ?? '', block.where)
      writeFileSync(`${FOLDER}/${nameOf(block)}.js`, emit(code))
      const { status, stdout, stderr } = spawnSync(process.execPath, [`${FOLDER}/${nameOf(block)}.js`], {
        encoding: 'utf8',
        timeout: 20_000,
      })
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' })
    })
})

test('the first example, the testing example and the keeper show results', () => {
  const shown = blocksOf('README.md').map(({ code, where }) => withAssertions(code, where).results)
  expect(shown[0]).toBe(3)
  expect(shown.reduce((a, b) => a + b)).toBeGreaterThan(30)
})

describe('@example', () => {
  const all = examples()
  let compiled: Map<string, Compiled>

  beforeAll(() => {
    compiled = compile(
      new Map(
        all.flatMap(({ code }, i) =>
          Object.entries(shapesOf(code)).map(([shape, text]) => [`example-${i}-${shape}`, text] as const),
        ),
      ),
      './world.js',
    )
  })

  test.each(all)('of $where compiles', example => {
    const prefix = `example-${all.indexOf(example)}-`
    const attempts = [...compiled].filter(([name]) => name.startsWith(prefix))
    const best = attempts.reduce((a, b) => (b[1].errors.length < a[1].errors.length ? b : a))
    expect({ shape: best[0], errors: best[1].errors }).toEqual({ shape: best[0], errors: [] })
  })
})

const emit = (code: string): string =>
  ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  }).outputText
