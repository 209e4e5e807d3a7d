import ts from 'typescript'
import { importsOf, lineOf, nodesOf, type Offence, type Source } from './source.js'

const CONTAINERS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array', 'Object'])
const WRITERS = new Set(
  'set add delete clear push pop shift unshift splice sort reverse fill copyWithin'.split(' '),
)
const ASSIGNERS = new Set(['assign', 'defineProperty', 'defineProperties', 'setPrototypeOf'])

const has = (node: ts.HasModifiers, kind: ts.SyntaxKind): boolean =>
  node.modifiers?.some(modifier => modifier.kind === kind) ?? false

/** Something that can be written to: a literal, `new Map()`, `Array.from()`, `Object.create(null)`. */
const isContainer = (value: ts.Expression | undefined): boolean => {
  if (value === undefined) return false
  if (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value))
    return isContainer(value.expression)
  if (ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value)) return true
  if (ts.isNewExpression(value))
    return ts.isIdentifier(value.expression) && CONTAINERS.has(value.expression.text)
  if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return false
  const { expression, name } = value.expression
  return ts.isIdentifier(expression) && CONTAINERS.has(expression.text) && name.text !== 'freeze'
}

/** The containers a module declares at its top, by name. */
const containersOf = ({ tree }: Source): Set<string> => {
  const names = new Set<string>()
  for (const statement of tree.statements)
    if (ts.isVariableStatement(statement))
      for (const { name, initializer } of statement.declarationList.declarations)
        if (ts.isIdentifier(name) && isContainer(initializer)) names.add(name.text)
  return names
}

/** Does a parameter or a variable of that name stand between this use and the top of the module? */
const isShadowed = (use: ts.Identifier): boolean => {
  const declares = (name: ts.BindingName): boolean =>
    ts.isIdentifier(name)
      ? name.text === use.text
      : name.elements.some(each => !ts.isOmittedExpression(each) && declares(each.name))
  for (let scope: ts.Node = use; !ts.isSourceFile(scope); scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some(({ name }) => declares(name))) return true
    const list = ts.isBlock(scope)
      ? scope.statements.flatMap(each => (ts.isVariableStatement(each) ? [each.declarationList] : []))
      : (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) &&
          scope.initializer !== undefined &&
          ts.isVariableDeclarationList(scope.initializer)
        ? [scope.initializer]
        : []
    if (list.some(({ declarations }) => declarations.some(({ name }) => declares(name)))) return true
  }
  return false
}

/** `x` in `x`, `x.y`, `x['y']` and so on down. */
const rootOf = (node: ts.Expression): ts.Identifier | undefined => {
  if (ts.isIdentifier(node)) return node
  const goesOn =
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node)
  return goesOn ? rootOf(node.expression) : undefined
}

const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment

/** What a node writes to, if it writes. */
const writtenBy = (node: ts.Node): ts.Expression | undefined => {
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) return node.left
  if (ts.isDeleteExpression(node)) return node.expression
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const counts =
      node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken
    return counts ? node.operand : undefined
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const { expression, name } = node.expression
  if (WRITERS.has(name.text)) return expression
  const assigns = ts.isIdentifier(expression) && ['Object', 'Reflect'].includes(expression.text)
  return assigns && ASSIGNERS.has(name.text) ? node.arguments[0] : undefined
}

const writeOffences = (source: Source, shared: ReadonlySet<string>): Offence[] => {
  const offences: Offence[] = []
  for (const node of nodesOf(source.tree)) {
    const written = writtenBy(node)
    const root = written === undefined ? undefined : rootOf(written)
    if (root === undefined || !shared.has(root.text) || isShadowed(root)) continue
    offences.push({
      path: source.path,
      line: lineOf(node),
      what: `writes to '${root.text}', which all of the process shares`,
    })
  }
  return offences
}

const declarationOffences = (source: Source): Offence[] => {
  const offences: Offence[] = []
  const report = (node: ts.Node, what: string) =>
    offences.push({ path: source.path, line: lineOf(node), what })
  for (const node of nodesOf(source.tree)) {
    if (ts.isPropertyDeclaration(node) && has(node, ts.SyntaxKind.StaticKeyword)) {
      const name = node.name.getText()
      if (!has(node, ts.SyntaxKind.ReadonlyKeyword)) report(node, `has a static '${name}' that can be set`)
      else if (isContainer(node.initializer)) report(node, `has a static '${name}' that can be written to`)
    }
    if (ts.isVariableStatement(node) && ts.isSourceFile(node.parent)) {
      const ambient = has(node, ts.SyntaxKind.DeclareKeyword)
      const constant = (node.declarationList.flags & ts.NodeFlags.Const) !== 0
      if (!constant && !ambient)
        report(node, `has a module-level variable '${node.declarationList.getText()}'`)
    }
  }
  return offences
}

/** State that outlives every engine of the process: variables and statics that change, containers that are written to. */
export const stateOffences = (sources: readonly Source[]): Offence[] => {
  const containers = new Map(sources.map(source => [source.path, containersOf(source)]))
  return sources.flatMap(source => {
    const shared = new Set(containers.get(source.path))
    for (const { target, names } of importsOf(source))
      for (const [local, exported] of names) if (containers.get(target)?.has(exported)) shared.add(local)
    return [...declarationOffences(source), ...writeOffences(source, shared)]
  })
}
