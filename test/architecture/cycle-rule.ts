import { importsOf, type Import, type Source } from './source.js'

/**
 * The part of the library a file belongs to: a folder of a layer (`lib/engine/worker`), or a file that stands beside
 * such folders (`lib/engine/exit`).
 */
export const partOf = (path: string): string => path.replace(/\.ts$/, '').split('/').slice(0, 3).join('/')

type Graph = ReadonlyMap<string, ReadonlyMap<string, Import>>

const graphOf = (sources: readonly Source[]): Graph => {
  const graph = new Map<string, Map<string, Import>>()
  for (const each of sources.flatMap(importsOf)) {
    const [from, to] = [partOf(each.from), partOf(each.target)]
    if (!each.target.startsWith('lib/') || from === to) continue
    const edges = graph.get(from) ?? new Map<string, Import>()
    const known = edges.get(to)
    if (known === undefined || (known.typeOnly && !each.typeOnly)) edges.set(to, each)
    graph.set(from, edges)
  }
  return graph
}

/** The shortest way from a part back to itself. */
const wayBack = (graph: Graph, start: string): Import[] | undefined => {
  const ways: { at: string; way: Import[] }[] = [{ at: start, way: [] }]
  const seen = new Set<string>()
  for (const { at, way } of ways)
    for (const [next, edge] of graph.get(at) ?? []) {
      if (next === start) return [...way, edge]
      if (seen.has(next)) continue
      seen.add(next)
      ways.push({ at: next, way: [...way, edge] })
    }
  return undefined
}

/** Every cycle between parts, each once, told import by import. */
export const cycles = (sources: readonly Source[]): string[] => {
  const graph = graphOf(sources)
  const told = new Map<string, string>()
  for (const start of [...graph.keys()].sort()) {
    const way = wayBack(graph, start)
    if (way === undefined) continue
    const parts = way.map(({ from }) => partOf(from))
    const same = [...parts].sort().join(' ')
    if (told.has(same)) continue
    const steps = way.map(
      ({ from, line, specifier, typeOnly }) =>
        `  ${from}:${line} imports ${typeOnly ? 'a type of ' : ''}'${specifier}'`,
    )
    told.set(same, [[...parts, start].join(' -> '), ...steps].join('\n'))
  }
  return [...told.values()]
}
