import { readFileSync } from 'node:fs'

const READING = 200_000n // ns that it may take
const TRIES = 20

/**
 * ns on a clock that stands still while this thread is ready to run and the processor is somebody else's. Linux tells it; elsewhere it is the
 * time as it goes.
 */
export const ownTime = (): number => {
  let now = process.hrtime.bigint()
  for (let i = 0; i < TRIES; i += 1) {
    const before = now
    const waited = waitedForProcessor()
    now = process.hrtime.bigint()
    if (now - before < READING) return Number(now - waited) // not interrupted between the two
  }
  return Number(now - waitedForProcessor())
}

const waitedForProcessor = (): bigint => {
  try {
    return BigInt(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1] ?? 0)
  } catch {
    return 0n
  }
}
