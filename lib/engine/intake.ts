import { AsyncLocalStorage } from 'node:async_hooks'
import type { Envelope } from './mailbox/envelope.js'

/**
 * The door of an engine. While it closes, what descends from accepted messages still gets in: handlers that start from then on are marked in
 * their async context. Until then nothing is marked, for an enabled AsyncLocalStorage slows every `await` of the process.
 */
export class Intake {
  private marks: AsyncLocalStorage<boolean> | undefined = undefined
  private earlier = 0
  private shut = false

  /** `running`: handlers that started before, and carry no mark; until they end the door stands open. */
  close(running: readonly Promise<void>[]): void {
    this.marks = new AsyncLocalStorage()
    this.earlier = running.length
    for (const turn of running) void turn.then(() => (this.earlier -= 1))
  }

  /** From now on nothing gets in. */
  lock(): void {
    this.shut = true
  }

  /** Nothing is served any more. An enabled AsyncLocalStorage that is forgotten would slow the process for ever. */
  end(): void {
    this.marks?.disable()
  }

  get isOpen(): boolean {
    return this.marks === undefined
  }

  /** Is a message sent here and now to be refused, for it descends from none that was accepted? */
  refuses(): boolean {
    if (this.marks === undefined) return false
    return this.shut || (this.earlier === 0 && this.marks.getStore() !== true)
  }

  /** Runs a message's work in its sender's context. */
  inside<S, T>(envelope: Envelope, work: (self: S, arg: T) => void, self: S, arg: T): void {
    const { marks } = this
    if (marks === undefined) {
      envelope.inside(work, self, arg)
      return
    }
    const marked = (): void => {
      marks.run(true, work, self, arg)
    }
    envelope.inside(marked, undefined, undefined)
  }
}
