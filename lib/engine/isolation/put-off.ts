import type { Effects } from '../worker/effects.js'
import type { Stores } from './contexts.js'

/** Work, and what is current for it. */
interface Later {
  readonly works: Effects['afterCommit']
  readonly stores: Stores | undefined
}

/** What handlers put off until the main side has committed their turns, by the number that it says that by. */
export class PutOff {
  private readonly all = new Map<number, Later>()
  private last = 0

  /** Its number; `undefined` if there is nothing. */
  add(works: Later['works'], stores: Later['stores']): number | undefined {
    if (works.length === 0) return undefined
    this.all.set((this.last += 1), { works, stores })
    return this.last
  }

  take(commit: number): Later {
    const later = this.all.get(commit) ?? { works: [], stores: undefined }
    this.all.delete(commit)
    return later
  }
}
