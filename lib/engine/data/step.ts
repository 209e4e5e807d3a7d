import { NotDataError } from '../errors.js'
import { MAX_DEPTH } from './kept.js'

const NO_KEY = Symbol('no key')
const CYCLE_CHECK = 64

/** One container on the way down to a value: the path of an error, the depth and the search for cycles in one. */
export class Step {
  key: unknown = NO_KEY

  constructor(
    readonly up: Step | null,
    readonly source: object,
    readonly depth: number,
  ) {}
}

/** Steps into a container. A cycle comes round for ever, so looking for it at every 64th level is enough. */
export function enter(up: Step | null, source: object): Step {
  const depth = up === null ? 1 : up.depth + 1
  const here = new Step(up, source, depth)
  if (depth % CYCLE_CHECK === 0) refuseCycle(here)
  if (depth > MAX_DEPTH) throw tooDeep(up)
  return here
}

/** The error for a value that is not data, at the place the walk has reached. */
export function refusal(what: string, here: Step | null, cure?: string): NotDataError {
  return new NotDataError(what, pathOf(here), cure)
}

/** The error for data nested beyond the limit. */
export function tooDeep(here: Step | null): NotDataError {
  const cure = `Keep at most ${MAX_DEPTH} levels; hold a long chain as an array.`
  return new NotDataError('data nested too deep', pathOf(here).slice(0, 8), cure)
}

/** What a walk throws when the caller had left it too little stack: data nested too deep, like any other that is. */
export function tooDeepFor(error: unknown): unknown {
  return error instanceof RangeError && error.message.includes('call stack') ? tooDeep(null) : error
}

/** The error for a cycle that ends at the place the walk has reached. */
export function cycle(here: Step | null): NotDataError {
  return refusal('a cycle (a part that contains itself)', here, 'Hold a key of the part instead of the part.')
}

function refuseCycle(here: Step): void {
  const chain: Step[] = []
  for (let step: Step | null = here; step !== null; step = step.up) chain.unshift(step)
  const seen = new Set<object>()
  for (const step of chain) {
    if (seen.has(step.source)) throw cycle(step.up)
    seen.add(step.source)
  }
}

function pathOf(here: Step | null): (string | number)[] {
  const path: (string | number)[] = []
  for (let step = here; step !== null; step = step.up) {
    const { key } = step
    if (key === NO_KEY) continue
    path.push(typeof key === 'string' || typeof key === 'number' ? key : nameOf(key))
  }
  return path.reverse()
}

function nameOf(key: unknown): string {
  return typeof key === 'object' && key !== null ? '(object key)' : String(key)
}
