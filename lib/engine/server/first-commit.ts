import type { Completed } from '../keeper/completed.js'
import type { Writes } from '../tables/table-write.js'

/** What a start leaves, `init` or an upgrade, on its way to the keeper. */
export class FirstCommit implements Completed {
  private isKept = false
  private failure: { readonly error: unknown } | undefined = undefined
  private resolve: (() => void) | undefined = undefined
  private reject: ((error: unknown) => void) | undefined = undefined

  constructor(
    readonly revision: number,
    readonly state: unknown,
    readonly writes: Writes | undefined,
    readonly wakeAt: number | undefined,
  ) {}

  waits(): void {
    // it came in nobody's context
  }

  committed(): void {
    this.isKept = true
    this.resolve?.()
  }

  uncertain(error: unknown): void {
    this.failure = { error }
    this.reject?.(error)
  }

  /** When it is kept; `undefined` if it is already. */
  kept(): Promise<void> | undefined {
    const { isKept, failure } = this
    if (isKept) return undefined
    if (failure !== undefined) throw failure.error
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}
