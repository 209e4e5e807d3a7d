import type { GivenReason } from '../exit.js'
import type { Ref } from '../ref.js'
import type { Border } from './border.js'
import type { Asked, Entries, Order, Telling } from './frames.js'

/** Finds whom those in a place speak to. */
export interface Surrounding {
  resolve(address: string): Ref
  post(address: string, kind: 'cast' | 'info', message: string, payload: unknown): void
  /** Runs this in nobody's context. */
  apart<T>(work: () => T): T
  /** Something went wrong that nobody else is told of. */
  readonly report: (where: string, error: unknown) => void
}

export type Answered = { readonly value: unknown } | { readonly entries: Entries }

/** What one of a place has to say to the servers of this side, and what they answer. */
export class Errands {
  constructor(
    private readonly surrounding: Surrounding,
    private readonly border: Border,
    private readonly send: (order: Order) => void,
  ) {}

  /** Sends back what becomes of it. */
  async answer(ask: number, work: () => Promise<Answered>): Promise<void> {
    try {
      this.send({ op: 'answer', ask, ...(await work()) })
    } catch (error) {
      this.send({ op: 'answer', ask, error: this.border.thrown(error) })
    }
  }

  async call({ address, message, payload, options }: Extract<Asked, { to: 'call' }>): Promise<Answered> {
    const value = await this.surrounding.resolve(address).call(message, this.border.in(payload), options)
    return { value: this.border.out(value) }
  }

  tell({ to, address, message, payload }: Telling): void {
    try {
      if (to === 'exit') this.surrounding.resolve(address).exit(this.border.caught(payload) as GivenReason)
      else this.surrounding.post(address, to, message, this.border.in(payload))
    } catch (error) {
      this.surrounding.report(`${to} to '${address}' from an isolated server`, error)
    }
  }
}
