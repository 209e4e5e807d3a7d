import { dirname, resolve } from 'node:path'
import ts from 'typescript'

const FOLDER = resolve('test/readme')

/** What a snippet may leave out: names of these. */
const PACKAGES = [
  'nestjs-peeper',
  'nestjs-peeper/engine',
  'nestjs-peeper/testing',
  'nestjs-peeper/lmdb',
  'nestjs-peeper/redis',
  'nestjs-peeper/postgres',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/testing',
  'rxjs',
]

export interface Compiled {
  /** With the imports that it had left out. */
  readonly code: string
  readonly errors: readonly string[]
}

/**
 * Checks the types of modules that exist in memory only, as if they stood beside this file. A name that a module neither declares nor imports
 * is imported for it, if another of the modules exports it, or `world`, or one of the packages.
 */
export const compile = (modules: ReadonlyMap<string, string>, world?: string): Map<string, Compiled> => {
  const files = new Map(
    [...modules].map(([name, code]) => [resolve(FOLDER, `${name}.ts`), `${code}\nexport {}\n`]),
  )
  const packages = resolve(FOLDER, 'packages.ts')
  const sources = world === undefined ? PACKAGES : [world, ...PACKAGES]
  files.set(
    packages,
    sources.map((name, i) => `import * as p${i} from '${name}'\nexport { p${i} }`).join('\n'),
  )
  const host = hostOf(files)
  const first = ts.createProgram([...files.keys()], host.options, host)
  const exported = exportsOf(first, packages, [...modules.keys()])
  for (const name of modules.keys()) complete(name, files, first, exported)
  const second = ts.createProgram([...files.keys()], host.options, host, first)
  return new Map(
    [...modules.keys()].map(name => {
      const file = resolve(FOLDER, `${name}.ts`)
      return [name, { code: files.get(file) ?? '', errors: errorsOf(second, file).map(render) }]
    }),
  )
}

const hostOf = (
  files: ReadonlyMap<string, string>,
): ts.CompilerHost & { readonly options: ts.CompilerOptions } => {
  const { config } = ts.readConfigFile('tsconfig.json', path => ts.sys.readFile(path)) as { config: unknown }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(resolve('tsconfig.json')))
  const all: ts.CompilerOptions = {
    ...options,
    noEmit: true,
    noImplicitReturns: false, // a snippet may show one branch of a handler
    rootDir: undefined,
    declaration: false,
    declarationMap: false,
  }
  const host = ts.createCompilerHost(all)
  const parsed = new Map<string, ts.SourceFile>()
  return {
    ...host,
    options: all,
    fileExists: path => files.has(path) || host.fileExists(path),
    readFile: path => files.get(path) ?? host.readFile(path),
    getSourceFile: (path, language) => {
      const text = files.get(path)
      const known = parsed.get(path)
      if (known !== undefined && (text === undefined || known.text === text)) return known
      const file =
        text === undefined ? host.getSourceFile(path, language) : ts.createSourceFile(path, text, language)
      if (file !== undefined) parsed.set(path, file)
      return file
    },
  }
}

/** By name: the import that brings it. */
const exportsOf = (
  program: ts.Program,
  packages: string,
  modules: readonly string[],
): Map<string, string> => {
  const checker = program.getTypeChecker()
  const found = new Map<string, string>()
  const add = (module: ts.Symbol | undefined, specifier: string): void => {
    for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
      const { flags } = isAlias ? checker.getAliasedSymbol(symbol) : symbol
      const type = (flags & ts.SymbolFlags.Value) === 0 ? 'type ' : ''
      if (!found.has(symbol.name))
        found.set(symbol.name, `import { ${type}${symbol.name} } from '${specifier}'`)
    }
  }
  const symbolOf = (node: ts.Node | undefined): ts.Symbol | undefined =>
    node === undefined ? undefined : checker.getSymbolAtLocation(node)
  for (const name of modules)
    add(symbolOf(program.getSourceFile(resolve(FOLDER, `${name}.ts`))), `./${name}.js`)
  for (const statement of program.getSourceFile(packages)?.statements ?? [])
    if (ts.isImportDeclaration(statement))
      add(symbolOf(statement.moduleSpecifier), (statement.moduleSpecifier as ts.StringLiteral).text)
  return found
}

const errorsOf = (program: ts.Program, path: string): readonly ts.Diagnostic[] => {
  const file = program.getSourceFile(path)
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
}

const UNKNOWN_NAME = [2304, 2503, 2552, 2662, 2663, 18004]

/** Imports what it leaves out. */
const complete = (
  name: string,
  files: Map<string, string>,
  program: ts.Program,
  exported: ReadonlyMap<string, string>,
): void => {
  const path = resolve(FOLDER, `${name}.ts`)
  const missing = errorsOf(program, path).flatMap(({ code, file, start = 0, length = 0 }) =>
    UNKNOWN_NAME.includes(code) && file !== undefined ? [file.text.slice(start, start + length)] : [],
  )
  const imports = [...new Set(missing)].map(each => exported.get(each) ?? '').filter(line => line !== '')
  // In one line with what follows, so that lines keep their numbers.
  files.set(path, `${imports.join('; ')}${imports.length > 0 ? '; ' : ''}${files.get(path) ?? ''}`)
}

const render = ({ file, start = 0, messageText }: ts.Diagnostic): string => {
  const line = file?.getLineAndCharacterOfPosition(start).line ?? 0
  return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
}
