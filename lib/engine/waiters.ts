/** Those who wait for the same moment. Idle servers have many such moments and nobody who waits: nothing is held for nobody. */
export class Waiters {
  private waiting: (() => void)[] | undefined = undefined

  get any(): boolean {
    return this.waiting !== undefined
  }

  wait(): Promise<void> {
    return new Promise(resolve => (this.waiting ??= []).push(resolve))
  }

  /** The moment has come. */
  release(): void {
    const { waiting } = this
    if (waiting === undefined) return
    this.waiting = undefined
    for (const resolve of waiting) resolve()
  }
}
