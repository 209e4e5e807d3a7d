import { AsyncLocalStorage } from 'node:async_hooks'
import { CallCycleError } from './call-cycle-error.js'
import { isPromiseLike } from './guard.js'
import type { Addressee, Envelope } from './mailbox/envelope.js'

/** Who runs a handler, until it ends itself. */
interface Mortal {
  readonly endedBy: unknown
}

/** A handler that runs, and the calls it has open. */
class Running {
  hasEnded = false
  readonly calls = new Set<Envelope>()

  constructor(
    private readonly life: Mortal,
    readonly message: Envelope,
  ) {}

  get isOpen(): boolean {
    return !this.hasEnded && this.life.endedBy === undefined
  }

  add(call: Envelope): void {
    for (const earlier of this.calls) {
      if (!earlier.isSettled) break
      this.calls.delete(earlier)
    }
    this.calls.add(call)
  }
}

/**
 * Which servers wait for which: an edge is an open call of a handler that still runs. A call that would close a cycle fails at once, for none
 * of those in it could go on before its timeout.
 *
 * Who calls is known by an AsyncLocalStorage, and an enabled one slows every `await` of the process: it is made for the first server that
 * can reach another at all, and only the handlers of such servers are entered in it.
 */
export class WaitGraph {
  private callers: AsyncLocalStorage<Running | undefined> | undefined = undefined
  private readonly running = new WeakMap<Addressee, Running>()

  /** Can any server call another? */
  get isOn(): boolean {
    return this.callers !== undefined
  }

  /** Runs a handler as the one who makes the calls that are made in it. */
  during<R>(life: Mortal, message: Envelope, handle: () => R | Promise<R>): R | Promise<R> {
    this.callers ??= new AsyncLocalStorage()
    const running = new Running(life, message)
    this.running.set(message.to, running)
    const end = (): void => {
      running.hasEnded = true
      if (this.running.get(message.to) === running) this.running.delete(message.to)
    }
    try {
      const result = this.callers.run(running, handle)
      if (isPromiseLike(result)) result.then(end, end)
      else end()
      return result
    } catch (error) {
      end()
      throw error
    }
  }

  /** Runs what is done on behalf of no handler: in its sender's async context it is not its sender. */
  apart<S, T>(work: (self: S, arg: T) => void, self: S, arg: T): void {
    this.callers?.run(undefined, work, self, arg)
  }

  /** Nobody calls any more. An enabled AsyncLocalStorage that is forgotten would slow the process for ever. */
  end(): void {
    this.callers?.disable()
  }

  /** Why a call to this server from here and now can never be answered; `undefined` if it can. */
  cycle(to: Addressee, message: string): CallCycleError | undefined {
    const caller = this.caller()
    if (caller === undefined) return undefined
    const { to: from } = caller.message
    const way = this.way(to, from, new Set())
    return way === undefined ? undefined : new CallCycleError([from.address, ...way], message)
  }

  /** The call is sent: its caller waits for it. */
  add(call: Envelope): void {
    this.caller()?.add(call)
  }

  private caller(): Running | undefined {
    const caller = this.callers?.getStore()
    return caller?.isOpen === true ? caller : undefined
  }

  private way(from: Addressee, goal: Addressee, seen: Set<Addressee>): string[] | undefined {
    if (from === goal) return [goal.address]
    const running = this.running.get(from)
    if (seen.has(from) || running?.isOpen !== true) return undefined
    seen.add(from)
    for (const call of running.calls) {
      const rest = this.isPending(call) ? this.way(call.to, goal, seen) : undefined
      if (rest !== undefined) return [from.address, ...rest]
    }
    return undefined
  }

  // Does it wait for a handler? Once its own has ended with a reply it waits for the keeper alone.
  private isPending(call: Envelope): boolean {
    return (
      !call.isSettled && (call.isQueued || call.isDeferred || this.running.get(call.to)?.message === call)
    )
  }
}
