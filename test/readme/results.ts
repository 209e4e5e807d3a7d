import ts from 'typescript'

/**
 * Turns the results that an example shows into assertions: `await counter.call('read') // 1`, `… // rejects with PEEPER_SERVER_DOWN`. A comment that
 * is neither a literal nor a rejection is only a comment.
 */
export const withAssertions = (
  code: string,
  where: string,
): { readonly code: string; readonly results: number } => {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const edits: { start: number; end: number; text: string }[] = []
  let results = 0
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) {
      const said = commentAfter(code, node)
      const text = said === undefined ? undefined : assertion(node, said, file)
      if (text !== undefined) {
        results += 1
        edits.push({ start: node.getStart(file), end: node.getEnd(), text })
        return
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  const edited = edits.reduceRight(
    (text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end),
    code,
  )
  return { code: `${HEAD(results, where)}${edited}`, results }
}

const commentAfter = (code: string, node: ts.Node): string | undefined => {
  const [comment] = ts.getTrailingCommentRanges(code, node.getEnd()) ?? []
  return comment === undefined ? undefined : code.slice(comment.pos + 2, comment.end).trim()
}

const assertion = (node: ts.Statement, said: string, file: ts.SourceFile): string | undefined => {
  const [, code] = /^rejects with (\w+)$/.exec(said) ?? []
  if (ts.isVariableStatement(node)) {
    const name = node.declarationList.declarations[0]?.name.getText(file)
    return isLiteral(said) ? `${node.getText(file)}; __is(${name ?? ''}, (${said}))` : undefined
  }
  const { expression } = node as ts.ExpressionStatement
  if (code !== undefined) return `await __rejects(async () => { ${node.getText(file)} }, '${code}')`
  if (!isLiteral(said)) return undefined
  const isLog = ts.isCallExpression(expression) && expression.expression.getText(file) === 'console.log'
  const value = isLog ? (expression.arguments[0]?.getText(file) ?? '') : expression.getText(file)
  return `__is(${value}, (${said}))`
}

const isLiteral = (text: string): boolean => {
  const file = ts.createSourceFile(
    'literal.ts',
    `(${text})`,
    ts.ScriptTarget.Latest,
    true,
  ) as ts.SourceFile & {
    readonly parseDiagnostics: readonly unknown[]
  }
  const [statement, more] = file.statements
  if (file.parseDiagnostics.length > 0 || more !== undefined || statement === undefined) return false
  if (!ts.isExpressionStatement(statement)) return false
  const literal = (node: ts.Expression): boolean =>
    ts.isLiteralExpression(node) ||
    [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind) ||
    (ts.isIdentifier(node) && node.text === 'undefined') ||
    (ts.isPrefixUnaryExpression(node) && literal(node.operand)) ||
    (ts.isParenthesizedExpression(node) && literal(node.expression)) ||
    (ts.isArrayLiteralExpression(node) && node.elements.every(literal)) ||
    (ts.isObjectLiteralExpression(node) &&
      node.properties.every(each => ts.isPropertyAssignment(each) && literal(each.initializer)))
  return literal(statement.expression)
}

// In one line, so that lines keep their numbers. Each result must have been reached when the program ends, and it must end by itself.
const HEAD = (results: number, where: string): string =>
  [
    `import { deepStrictEqual as __equal } from 'node:assert'`,
    `let __seen = 0`,
    `const __is = (a: unknown, b: unknown) => { __equal(a, b); __seen++ }`,
    `const __rejects = async (run: () => Promise<unknown>, code: string) => {` +
      ` const e = await run().then(() => ({}), e => e); __equal(e.code ?? e.name, code); __seen++ }`,
    `process.on('exit', code => { if (code === 0 && __seen !== ${results}) {` +
      ` console.error('${where}: ' + __seen + ' of ${results} results were reached'); process.exitCode = 1 } })`,
    '',
  ].join('; ')
