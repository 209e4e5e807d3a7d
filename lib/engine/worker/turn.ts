import type { Data } from '../data/data.js'
import type { Draft } from '../data/draft.js'
import { BadOutcomeError, LostMutationError, NotDataError, StateNotKeepableError } from '../errors.js'
import { isExitReason, textOf, type ExitReason } from '../exit.js'
import { NoReply, Outcome, Refuse, Reply, Stop, type Directive, type NextState } from '../outcome.js'
import type { HandlerTables } from './callbacks.js'
import type { Context } from './context.js'
import { copyEffects, type Effects } from './effects.js'
import { detach } from './detach.js'
import type { Completion } from './worker.js'

/** What a handler stands for: whom an answer goes to, and the name in errors. */
export interface Occasion {
  readonly server: string
  /** `call 'add'`, `init`. */
  readonly handler: string
  /** Does somebody wait for a reply? */
  readonly awaited: boolean
}

const GIVEN = (next: { readonly state?: unknown } | undefined): { state: unknown } | undefined =>
  next !== undefined && 'state' in next ? { state: next.state } : undefined

const NEXT_STATE = ['state', 'continue', 'timeout', 'hibernate']
const LAST_STATE = ['reply', 'state']

/** One run of one handler: its draft, its context, and what its return value is worth. */
export class Turn {
  constructor(
    private readonly occasion: Occasion,
    private readonly base: unknown,
    private readonly data: Data,
    private readonly tables: HandlerTables,
    readonly draft: Draft,
    readonly context: Context,
  ) {}

  /** Checks what the handler returned and settles its draft. Throws what is a crash. */
  complete(returned: unknown): Completion {
    try {
      if (!(returned instanceof Outcome)) return this.plain(returned)
      if (returned instanceof Refuse) return this.refused(returned.error)
      if (returned instanceof Reply) return this.replied(returned)
      if (returned instanceof NoReply)
        return this.finish(this.checkNext(returned.next), 'later', undefined, undefined)
      if (returned instanceof Stop) return this.stopped(returned as Stop<unknown>)
      throw this.bad('an outcome of a foreign kind')
    } finally {
      this.end()
    }
  }

  /** The caller's error: nothing of this turn is kept. */
  refused(error: unknown): Completion {
    this.context.close()
    const value = detach(error, this.data)
    this.end()
    return {
      state: this.base,
      answer: 'refuse',
      value,
      directive: undefined,
      stop: undefined,
      effects: undefined,
    }
  }

  end(): void {
    this.draft.end()
  }

  /** It crashed. What was thrown, fit to outlive the draft. */
  crashed(thrown: unknown): unknown {
    const reason = detach(thrown, this.data)
    this.end()
    return reason
  }

  private plain(value: unknown): Completion {
    if (this.occasion.awaited) return this.finish(undefined, 'reply', value, undefined)
    if (value !== undefined) throw this.bad(`a ${typeof value}, which nobody waits for`)
    return this.finish(undefined, 'later', undefined, undefined)
  }

  private replied({ value, next }: Reply): Completion {
    if (!this.occasion.awaited) throw this.bad('reply(…), which nobody waits for')
    return this.finish(this.checkNext(next), 'reply', value, undefined)
  }

  private stopped({ reason, last: given }: Stop<unknown>): Completion {
    const last = this.checkNext(given, LAST_STATE)
    if (!isExitReason(reason))
      throw this.bad(
        'stop(…) with a reason that is none: use normal, shutdown, { shutdown }, kill or an Error',
      )
    const answers = last !== undefined && 'reply' in last
    if (answers && !this.occasion.awaited) throw this.bad('stop(…) with a reply, which nobody waits for')
    return this.finish(last, answers ? 'reply' : 'later', last?.reply, reason)
  }

  private finish(
    next: NextState | undefined,
    answer: Completion['answer'],
    value: unknown,
    stop: ExitReason | undefined,
  ): Completion {
    const state = this.settle(GIVEN(next))
    return {
      state,
      answer,
      value: this.copied(value),
      directive: this.copyDirective(next),
      stop,
      effects: this.copiedEffects(),
    }
  }

  private settle(returned: { state: unknown } | undefined): unknown {
    try {
      return this.draft.settle(returned)
    } catch (error) {
      if (error instanceof LostMutationError)
        throw this.bad(`a state that drops a mutation: ${error.message}`, error)
      if (error instanceof NotDataError)
        throw new StateNotKeepableError(this.occasion.server, this.occasion.handler, error)
      throw error
    }
  }

  private copied(value: unknown, what = 'a reply'): unknown {
    try {
      return this.data.copy(value)
    } catch (error) {
      if (error instanceof NotDataError) throw this.bad(`${what} that is not data: ${error.message}`, error)
      throw error
    }
  }

  // Copied when all is settled, so that parts of the draft arrive as they are kept.
  private copiedEffects(): Effects | undefined {
    const effects = this.context.close()
    return effects && copyEffects(effects, (value, what) => this.copied(value, what))
  }

  private copyDirective(directive: Directive | undefined): Directive | undefined {
    if (directive === undefined || !Array.isArray(directive.continue)) return directive
    const [name, payload] = directive.continue as readonly [string, unknown]
    return { ...directive, continue: [name, this.copied(payload, 'a continue with a payload')] }
  }

  private checkNext<N extends NextState>(next: N | undefined, fields = NEXT_STATE): N | undefined {
    if (next === undefined) return undefined
    if (typeof next !== 'object' || next === null)
      throw this.bad(`an outcome whose options are ${textOf(next)}`)
    for (const field of Object.keys(next))
      if (!fields.includes(field))
        throw this.bad(`an outcome with the field '${field}'; it may have ${fields.join(', ')}`)
    this.checkDirective(next)
    return next
  }

  private checkDirective({ continue: step, timeout }: Directive): void {
    if (step !== undefined) {
      const name: unknown = Array.isArray(step) ? step[0] : step
      if (typeof name !== 'string' || !this.tables.continue.has(name))
        throw this.bad(`{ continue: ${textOf(name)} }, which names no continue handler`)
    }
    if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0)))
      throw this.bad(`{ timeout: ${textOf(timeout)} }, which is no number of milliseconds`)
  }

  /** The error for what cannot be handed back here. */
  bad(what: string, cause?: unknown): BadOutcomeError {
    return new BadOutcomeError(this.occasion.server, this.occasion.handler, what, { cause })
  }
}
