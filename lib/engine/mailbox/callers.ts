import type { Envelope } from './envelope.js'

/** The callers of one server whose tokens were given out, and who have no answer yet. */
export class Callers {
  private waiting: Map<string, Envelope> | undefined = undefined

  get any(): boolean {
    return this.waiting !== undefined && this.waiting.size > 0
  }

  add(id: string, envelope: Envelope): void {
    this.waiting ??= new Map<string, Envelope>()
    this.waiting.set(id, envelope)
  }

  remove(id: string): void {
    this.waiting?.delete(id)
  }

  /** The deferred reply, if its caller still waits. */
  answer(id: string, value: unknown): void {
    this.waiting?.get(id)?.answerLater(value)
  }

  /** Nobody is left to answer them. */
  fail(error: (message: string) => Error): void {
    for (const envelope of [...(this.waiting?.values() ?? [])]) envelope.fail(error(envelope.name))
  }
}
