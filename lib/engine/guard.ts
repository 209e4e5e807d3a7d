/** Is this a promise, of whatever realm or library? */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Runs what is not ours to trust: its error or rejection goes to `report`; nothing is waited for. */
export const guard = (run: () => unknown, report: (error: unknown) => void): void => {
  try {
    const result = run()
    if (isPromiseLike(result)) result.then(undefined, report)
  } catch (error) {
    report(error)
  }
}
