/** As many as there are servers in memory, unless said otherwise. */
const MANY = 10_000

/** What is in use may not be made a second time. */
export interface InUse {
  readonly isInUse: boolean
}

/** What was lately asked for, by name: at least `size` of them, at most about twice as many; and all that are in use. */
export class Recent<T extends InUse> {
  private young = new Map<string, T>()
  private old = new Map<string, T>()

  private most: number

  constructor(private readonly size = MANY) {
    this.most = size
  }

  get(name: string): T | undefined {
    const found = this.young.get(name)
    if (found !== undefined) return found
    const older = this.old.get(name)
    if (older !== undefined) this.set(name, older)
    return older
  }

  set(name: string, one: T): void {
    if (this.young.size >= this.most) this.age()
    this.young.set(name, one)
  }

  private age(): void {
    const { old } = this
    this.old = this.young
    this.young = new Map()
    for (const [name, one] of old) if (one.isInUse && !this.old.has(name)) this.young.set(name, one)
    this.most = Math.max(this.size, 2 * this.young.size) // however many are in use: each is seldom looked at
  }
}
