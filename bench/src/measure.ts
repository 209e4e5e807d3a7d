// What runs in the process that measures: warm up, find how much work makes a sample, take the time.

import type { Effort } from './effort.js'
import { ownTime } from './processor.js'

/** Does `n` operations and says how many ns they took; what it prepares for them is not counted. */
export type Run = (n: number) => Promise<number>

/** ns that it takes, without those in which the machine ran something else instead. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = ownTime()
  await work()
  return ownTime() - start
}

/** ns that it takes, for what is too short for more. */
export const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start)
}

export const collectGarbage = (): void => {
  if (globalThis.gc === undefined) throw new Error('Run this with node --expose-gc')
  globalThis.gc()
}

/** Bytes in use once all garbage is gone. */
export const heapInUse = (): number => {
  collectGarbage()
  collectGarbage() // what a finaliser of the first let go
  return process.memoryUsage().heapUsed
}

const NS = 1_000_000 // in a ms

/**
 * Warms up, finds out how many operations make a sample, and hands back what takes one: ns of one operation. `warmUp` does smaller portions
 * of the same, where one operation is long.
 */
export const calibrated = async (
  { warmUp: warmUpMs, sample }: Effort,
  run: Run,
  warmUp: Run = run,
): Promise<() => Promise<number>> => {
  const end = performance.now() + warmUpMs
  for (let portion = 1; performance.now() < end;) {
    const took = await warmUp(portion)
    if (took < (warmUpMs * NS) / 8) portion *= 2
  }
  let n = 1
  for (let took = await run(n); took < sample * NS; took = await run(n))
    n = Math.ceil(n * Math.min(10, Math.max(2, (1.1 * sample * NS) / took)))
  return async () => {
    collectGarbage() // of the sample before
    return (await run(n)) / n
  }
}
