import { readFileSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A file of the library: its path from the root of the package, and its text parsed. */
export interface Source {
  readonly path: string
  readonly tree: ts.SourceFile
}

/** One `import`, `export … from`, `import()` or `import('…')` type. */
export interface Import {
  readonly from: string
  readonly line: number
  readonly specifier: string
  /** The file of the library that is meant, or the specifier itself when it is a package. */
  readonly target: string
  /** Erased by the compiler. */
  readonly typeOnly: boolean
  /** What is taken from the file, by the local name it is given. */
  readonly names: ReadonlyMap<string, string>
}

/** What breaks a rule, and where. */
export interface Offence {
  readonly path: string
  readonly line: number
  readonly what: string
}

export const parse = (path: string, text: string): Source => ({
  path,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
})

/** Every TypeScript file under `lib/`. */
export const library = (): Source[] => {
  const root = fileURLToPath(new URL('../../lib/', import.meta.url))
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => name.replaceAll('\\', '/'))
    .sort()
    .map(name => parse(`lib/${name}`, readFileSync(root + name, 'utf8')))
}

export const lineOf = (node: ts.Node): number => {
  const tree = node.getSourceFile()
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

/** The node and everything below it. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, child => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

const resolve = (from: string, specifier: string): string =>
  specifier.startsWith('.')
    ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
    : specifier.replace(/^node:/, '')

const namesOf = (node: ts.Node): Map<string, string> => {
  const names = new Map<string, string>()
  if (!ts.isImportDeclaration(node)) return names
  const bindings = node.importClause?.namedBindings
  if (bindings !== undefined && ts.isNamedImports(bindings))
    for (const { name, propertyName } of bindings.elements) names.set(name.text, (propertyName ?? name).text)
  return names
}

const isTypeOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
  if (ts.isExportDeclaration(node)) {
    const { exportClause } = node
    const all = exportClause !== undefined && ts.isNamedExports(exportClause) ? exportClause.elements : []
    return node.isTypeOnly || (all.length > 0 && all.every(each => each.isTypeOnly))
  }
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false
  return bindings.elements.length > 0 && bindings.elements.every(each => each.isTypeOnly)
}

const specifierOf = (node: ts.Node): { text: ts.Expression | undefined; typeOnly: boolean } | undefined => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
    return { text: node.moduleSpecifier, typeOnly: isTypeOnly(node) }
  if (ts.isCallExpression(node)) {
    const { expression } = node
    const loads =
      expression.kind === ts.SyntaxKind.ImportKeyword ||
      (ts.isIdentifier(expression) && ['require', 'createRequire'].includes(expression.text))
    return loads ? { text: node.arguments[0], typeOnly: false } : undefined
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const { literal } = node.argument
    return ts.isStringLiteral(literal) ? { text: literal, typeOnly: true } : undefined
  }
  return undefined
}

export const importsOf = ({ path, tree }: Source): Import[] => {
  const found: Import[] = []
  for (const node of nodesOf(tree)) {
    const specifier = specifierOf(node)
    if (specifier?.text === undefined || !ts.isStringLiteralLike(specifier.text)) continue
    const { text } = specifier.text
    found.push({
      from: path,
      line: lineOf(node),
      specifier: text,
      target: resolve(path, text),
      typeOnly: specifier.typeOnly,
      names: namesOf(node),
    })
  }
  return found
}
