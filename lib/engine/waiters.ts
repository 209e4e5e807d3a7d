/** Those who wait for the same moment. */
export class Waiters {
  private waiting: (() => void)[] = []

  get any(): boolean {
    return this.waiting.length > 0
  }

  wait(): Promise<void> {
    return new Promise(resolve => this.waiting.push(resolve))
  }

  /** The moment has come. */
  release(): void {
    if (!this.any) return
    const { waiting } = this
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
}
