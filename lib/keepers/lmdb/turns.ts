/** One after the other, in the order in which they were asked for. */
export class Turns {
  isTaken = false
  private readonly waiting: (() => void)[] = []

  /** At once, or when whoever has the turn has ended it. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      if (this.isTaken) this.waiting.push(run)
      else run()
    })
  }

  /** Those who wait are run, until one of them keeps the turn. */
  end(): void {
    this.isTaken = false
    while (!this.isTaken && this.waiting.length > 0) this.waiting.shift()?.()
  }
}
