import type { Observable } from 'rxjs'
import type { DeadLetter } from '../events.js'
import { Broadcast } from './broadcast.js'

/** How many dead letters are held for those who subscribe later; the oldest is dropped. */
export const DEAD_LETTERS = 1_000

/** The last messages that nobody handled, shown to each subscriber, and those to come. */
export class DeadLetters {
  private readonly held: DeadLetter[] = []
  private readonly broadcast: Broadcast<DeadLetter>
  private overflowing = false

  constructor(
    report: (error: unknown) => void,
    private readonly overloaded: (letter: DeadLetter) => void,
  ) {
    this.broadcast = new Broadcast(report, () => [...this.held])
  }

  get letters$(): Observable<DeadLetter> {
    return this.broadcast.values$
  }

  add(letter: DeadLetter): void {
    this.held.push(letter)
    if (this.held.length > DEAD_LETTERS) {
      this.held.shift()
      if (!this.overflowing) this.overloaded(letter)
      this.overflowing = true
    }
    this.broadcast.emit(letter)
  }

  end(): void {
    this.broadcast.end()
  }
}
