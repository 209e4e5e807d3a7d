import type { SimulatedClock } from 'nestjs-peeper/testing'

/** Lets simulated time pass until the promise settles. */
export const passing = async <T>(clock: SimulatedClock, promise: Promise<T>): Promise<T> => {
  let pending = true
  const settle = (): void => {
    pending = false
  }
  promise.then(settle, settle)
  while (pending) await clock.advance(1_000)
  return promise
}
