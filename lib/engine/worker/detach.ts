import type { Data } from '../data/data.js'

/** How deep a part of a draft is looked for in what an error carries. */
const DEPTH = 4

/**
 * What leaves a handler by a refusal or a crash is "that very error", but parts of the draft that it carries, in the body of an
 * `HttpException` say, end with the draft: they become copies.
 */
export const detach = (thrown: unknown, data: Data): unknown => {
  const whole = data.undrafted(thrown)
  if (whole === thrown) detachFields(thrown, data, DEPTH)
  return whole
}

const detachFields = (holder: unknown, data: Data, depth: number): void => {
  if (typeof holder !== 'object' || holder === null || depth === 0) return
  try {
    for (const [field, part] of Object.entries(holder as Record<string, unknown>)) {
      const copy = data.undrafted(part)
      if (copy !== part) (holder as Record<string, unknown>)[field] = copy
      else if (isPlain(part)) detachFields(part, data, depth - 1)
    }
  } catch {
    // a getter that throws, a frozen error: it leaves as it is
  }
}

const isPlain = (value: unknown): boolean =>
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
