/** What tells when time is up: the clock, or where many wait as long, most of them in vain, the deadlines. */
export interface Limits {
  after(ms: number, callback: () => void): { cancel(): void }
}

/** The work's own result, or the rejection made by `late` if that takes longer than `ms`. The work is left behind then. */
export const within = <T>(limits: Limits, ms: number, work: PromiseLike<T>, late: () => Error): Promise<T> =>
  new Promise((resolve, reject) => {
    const limit = limits.after(ms, () => {
      reject(late())
    })
    work.then(
      result => {
        limit.cancel()
        resolve(result)
      },
      (error: unknown) => {
        limit.cancel()
        reject(error)
      },
    )
  })
