import type { Clock, Timer } from './clock.js'

/** The work's own result, or the rejection made by `late` if that takes longer than `ms`. The work is left behind then. */
export const within = async <T>(
  clock: Clock,
  ms: number,
  work: PromiseLike<T>,
  late: () => Error,
): Promise<T> => {
  let timer: Timer | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = clock.after(ms, () => {
      reject(late())
    })
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    timer?.cancel()
  }
}
