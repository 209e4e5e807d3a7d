import { AsyncResource } from 'node:async_hooks'
import type { Data } from '../data/data.js'
import { isPromiseLike } from '../guard.js'
import type { Listener } from './listener.js'

/** Whose audience this is: its data, and whom it tells of trouble with those who listen. */
export interface Stage {
  readonly data: Data
  report(where: string, error: unknown): void
  overloaded(limit: number): void
}

/** Tells a listener of one thing; kept data is shown to it as it may see it. */
export type Telling = (listener: Listener, show: (kept: unknown) => unknown) => unknown

/** How many tellings wait for one slow listener before the oldest is dropped. */
export const LISTENER_BUFFER = 1_000

/**
 * One listener of one server: told of one thing at a time, in order. It sees copies of its own where a state holds what cannot be frozen,
 * made once for each part, so that its cost follows the change.
 */
export class Audience {
  private readonly shown = new WeakMap<object, object>()
  private waiting: Telling[] = []
  private busy = false

  constructor(
    private readonly listener: Listener,
    private readonly stage: Stage,
  ) {}

  tell(telling: Telling): void {
    if (!this.busy) {
      this.run(telling)
      return
    }
    this.waiting.push(AsyncResource.bind(telling)) // its turn comes in the context of what was told before it
    if (this.waiting.length <= LISTENER_BUFFER) return
    this.waiting.shift()
    this.stage.overloaded(LISTENER_BUFFER)
  }

  private run(telling: Telling): void {
    try {
      const told = telling(this.listener, this.show)
      if (!isPromiseLike(told)) return
      this.busy = true
      Promise.resolve(told).then(
        () => {
          this.next()
        },
        (error: unknown) => {
          this.failed(error)
          this.next()
        },
      )
    } catch (error) {
      this.failed(error)
    }
  }

  private readonly show = (kept: unknown): unknown => this.stage.data.release(kept, this.shown)

  private failed(error: unknown): void {
    this.stage.report('listener', error)
  }

  private next(): void {
    this.busy = false
    for (let telling = this.waiting.shift(); telling !== undefined; telling = this.waiting.shift()) {
      this.run(telling)
      if (this.busy) return
    }
  }
}
