import ts from 'typescript'
import { importsOf, lineOf, nodesOf, type Offence, type Source } from './source.js'

const TIMERS = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
])

/** Members that read a clock or start a timer, by their object. */
const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Date', ['now']],
  ['performance', ['now', 'timeOrigin']],
  ['process', ['hrtime', 'uptime']],
  ['AbortSignal', ['timeout']],
])

const MODULES = new Set(['timers', 'timers/promises', 'perf_hooks'])
const GLOBALS = new Set(['globalThis', 'global'])

const isClock = (path: string): boolean => /^lib\/engine\/clock[^/]*\.ts$/.test(path)

/** `x.setTimeout()` and `{ setTimeout() {} }` are a name of someone else's; `setTimeout` alone is the global. */
const isOwnName = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  return (
    ((ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent)) &&
      parent.name === node) ||
    ts.isTypeQueryNode(parent)
  )
}

const nameOf = (node: ts.Expression): string | undefined => {
  if (ts.isIdentifier(node)) return node.text
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
    return GLOBALS.has(node.expression.text) ? node.name.text : undefined
  return undefined
}

const readsTime = (node: ts.Node): string | undefined => {
  if (ts.isIdentifier(node)) return TIMERS.has(node.text) && !isOwnName(node) ? node.text : undefined
  if (ts.isPropertyAccessExpression(node)) {
    const owner = nameOf(node.expression)
    const member = node.name.text
    if (owner === undefined) return undefined
    if (GLOBALS.has(owner) && TIMERS.has(member)) return `${owner}.${member}`
    return MEMBERS.get(owner)?.includes(member) ? `${owner}.${member}` : undefined
  }
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const today = nameOf(node.expression) === 'Date' && (node.arguments?.length ?? 0) === 0
    return today ? 'the current Date' : undefined
  }
  return undefined
}

/** Who uses a timer or reads the time without asking the clock. */
export const timeOffences = (sources: readonly Source[]): Offence[] =>
  sources
    .filter(({ path }) => !isClock(path))
    .flatMap(source => {
      const offences: Offence[] = importsOf(source)
        .filter(({ target, typeOnly }) => MODULES.has(target) && !typeOnly)
        .map(({ line, specifier }) => ({ path: source.path, line, what: `imports '${specifier}'` }))
      for (const node of nodesOf(source.tree)) {
        const what = readsTime(node)
        if (what !== undefined) offences.push({ path: source.path, line: lineOf(node), what: `uses ${what}` })
      }
      return offences
    })
