import { isPromiseLike } from './guard.js'

/** What is there already, or a promise of it. */
export type Prompt<T> = T | PromiseLike<T>

/** That was all. */
export const done = (): void => undefined

const rethrow = (error: unknown): never => {
  throw error
}

/**
 * Goes on with what is there at once, and with a promise when it has settled. So a start or a stop that waits for nothing is over when it
 * returns: each promise in its way would cost as much as the rest of a step.
 */
export const promptly = <T, R>(
  work: () => Prompt<T>,
  next: (result: T) => Prompt<R>,
  failed: (error: unknown) => Prompt<R> = rethrow,
): Prompt<R> => {
  let result: Prompt<T>
  try {
    result = work()
  } catch (error) {
    return failed(error)
  }
  return isPromiseLike(result) ? result.then(next, failed) : next(result)
}

/** The steps one after the other; none is begun before the last is done. `goesOn` is asked before each. */
export const oneByOne = <T>(
  items: readonly T[],
  step: (item: T) => Prompt<void>,
  goesOn: () => boolean = always,
): Prompt<void> => {
  for (let i = 0; i < items.length; i += 1) {
    if (!goesOn()) return
    const taken = step(items[i] as T)
    if (isPromiseLike(taken)) return taken.then(() => oneByOne(items.slice(i + 1), step, goesOn))
  }
}

const always = (): boolean => true
