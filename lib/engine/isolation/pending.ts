/** What is there, or will be: whoever asks for it once it is there gets it at once. */
export class Pending<T> {
  private settled: (() => T) | undefined = undefined
  private waiting:
    { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void } | undefined =
    undefined

  resolve(value: T): void {
    if (this.waiting === undefined) this.settled = () => value
    else this.waiting.resolve(value)
  }

  reject(error: unknown): void {
    if (this.waiting === undefined)
      this.settled = () => {
        throw error
      }
    else this.waiting.reject(error)
  }

  /** Throws, or rejects, what it was rejected with. */
  outcome(): T | Promise<T> {
    if (this.settled !== undefined) return this.settled()
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
    })
  }
}
