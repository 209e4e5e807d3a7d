import type { Clock } from './clock.js'

/** The work's own result, or the rejection made by `late` if that takes longer than `ms`. The work is left behind then. */
export const within = <T>(clock: Clock, ms: number, work: PromiseLike<T>, late: () => Error): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => {
      reject(late())
    })
    work.then(
      result => {
        timer.cancel()
        resolve(result)
      },
      (error: unknown) => {
        timer.cancel()
        reject(error)
      },
    )
  })
