import type { Child } from '../child-spec.js'
import type { ExitReason } from '../exit.js'
import { isPromiseLike } from '../guard.js'
import type { Prompt } from '../promptly.js'
import type { Slot } from './slot.js'

/** A child that ended by itself, and where it was. */
export interface Exit {
  readonly slot: Slot
  readonly child: Child
  readonly reason: ExitReason
}

/** The exits that a supervisor has heard of: handled one at a time, as in OTP, where a supervisor is a process itself. */
export class Exits {
  /** Is one being handled? */
  isBusy = false
  private readonly waiting: Exit[] = []

  constructor(private readonly handle: (exit: Exit) => Prompt<void>) {}

  add(exit: Exit): void {
    this.waiting.push(exit)
  }

  async handleAll(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    try {
      for (let exit = this.waiting.shift(); exit !== undefined; exit = this.waiting.shift()) {
        const handled = this.handle(exit)
        if (isPromiseLike(handled)) await handled
      }
    } finally {
      this.isBusy = false
    }
  }
}
