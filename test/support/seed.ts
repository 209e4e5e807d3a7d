import { randomInt } from 'node:crypto'

/** The seed and the number of runs of a property: `SEED=… npm run jest -- property` replays a run, `RUNS=…` lengthens it. */
export const seeded = (what: string, numRuns: number): { seed: number; numRuns: number } => {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31))
  const runs = Number(process.env.RUNS ?? numRuns)
  process.stderr.write(`${what}: ${runs} runs, SEED=${seed}\n`)
  return { seed, numRuns: runs }
}
