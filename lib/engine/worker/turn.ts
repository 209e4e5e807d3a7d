import type { Draft } from '../data/draft.js'
import { BadOutcomeError, LostMutationError, NotDataError, StateNotKeepableError } from '../errors.js'
import { isExitReason, textOf, type ExitReason } from '../exit.js'
import { NoReply, Outcome, Refuse, Reply, Stop, type Directive, type NextState } from '../outcome.js'
import type { Writes } from '../tables/table-write.js'
import { Context } from './context.js'
import { copyEffects } from './effects.js'
import { detach } from './detach.js'
import type { Life } from './life.js'
import type { Program } from './program.js'
import type { Completion, Message } from './worker.js'

/** What runs without a message. */
type Step = 'init' | 'codeChange'

const NEXT_STATE = ['state', 'continue', 'timeout', 'hibernate']
const LAST_STATE = ['reply', 'state']

/** One run of one handler: its draft, its context, and what its return value is worth. */
export class Turn {
  readonly draft: Draft
  readonly context: Context

  constructor(
    private readonly program: Program,
    private readonly life: Life,
    private readonly base: unknown,
    private readonly message: Message | undefined,
    private readonly step?: Step,
  ) {
    this.draft = program.data.draft(base)
    this.context = new Context(life, message)
  }

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
    const value = detach(error, this.program.data)
    this.end()
    return {
      state: this.base,
      answer: 'refuse',
      value,
      directive: undefined,
      stop: undefined,
      effects: undefined,
      writes: undefined,
    }
  }

  end(): void {
    this.draft.end()
    this.context.end()
  }

  /** It crashed. What was thrown, fit to outlive the draft. */
  crashed(thrown: unknown): unknown {
    const reason = detach(thrown, this.program.data)
    this.end()
    return reason
  }

  private plain(value: unknown): Completion {
    if (this.awaited) return this.finish(undefined, 'reply', value, undefined)
    if (value !== undefined) throw this.bad(`a ${typeof value}, which nobody waits for`)
    return this.finish(undefined, 'later', undefined, undefined)
  }

  private replied({ value, next }: Reply): Completion {
    if (!this.awaited) throw this.bad('reply(…), which nobody waits for')
    return this.finish(this.checkNext(next), 'reply', value, undefined)
  }

  private stopped({ reason, last: given }: Stop<unknown>): Completion {
    const last = this.checkNext(given, LAST_STATE)
    if (!isExitReason(reason))
      throw this.bad(
        'stop(…) with a reason that is none: use normal, shutdown, { shutdown }, kill or an Error',
      )
    const answers = last !== undefined && 'reply' in last
    if (answers && !this.awaited) throw this.bad('stop(…) with a reply, which nobody waits for')
    return this.finish(last, answers ? 'reply' : 'later', last?.reply, reason)
  }

  private finish(
    next: NextState | undefined,
    answer: Completion['answer'],
    value: unknown,
    stop: ExitReason | undefined,
  ): Completion {
    const state = this.settle(next !== undefined && 'state' in next ? next : undefined)
    const writes = this.settleWrites()
    const asked = this.context.close()
    // Copied when all is settled, so that parts of the draft arrive as they are kept.
    return {
      state,
      answer,
      value: this.copied(value),
      directive: next === undefined ? undefined : this.copyDirective(next),
      stop,
      effects: asked && copyEffects(asked, (part, what) => this.copied(part, what)),
      writes,
    }
  }

  private settle(returned: { readonly state?: unknown } | undefined): unknown {
    try {
      return this.draft.settle(returned)
    } catch (error) {
      if (error instanceof LostMutationError)
        throw this.bad(`a state that drops a mutation: ${error.message}`, error)
      throw this.notKeepable(error)
    }
  }

  private settleWrites(): Writes | undefined {
    try {
      return this.context.settle()
    } catch (error) {
      throw this.notKeepable(error)
    }
  }

  private notKeepable(error: unknown): unknown {
    return error instanceof NotDataError
      ? new StateNotKeepableError(this.life.birth.server, this.handler, error)
      : error
  }

  private copied(value: unknown, what = 'a reply'): unknown {
    try {
      return this.program.data.copy(value)
    } catch (error) {
      if (error instanceof NotDataError) throw this.bad(`${what} that is not data: ${error.message}`, error)
      throw error
    }
  }

  private copyDirective(directive: Directive): Directive {
    if (!Array.isArray(directive.continue)) return directive
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
      if (typeof name !== 'string' || !this.program.tables.continue.has(name))
        throw this.bad(`{ continue: ${textOf(name)} }, which names no continue handler`)
    }
    if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0)))
      throw this.bad(`{ timeout: ${textOf(timeout)} }, which is no number of milliseconds`)
  }

  /** Does somebody wait for a reply? */
  private get awaited(): boolean {
    return this.message === undefined ? this.step === 'codeChange' : this.message.kind === 'call'
  }

  /** Its name in errors. */
  private get handler(): string {
    return this.message === undefined ? String(this.step) : `${this.message.kind} '${this.message.name}'`
  }

  /** The error for what cannot be handed back here. */
  bad(what: string, cause?: unknown): BadOutcomeError {
    return new BadOutcomeError(this.life.birth.server, this.handler, what, { cause })
  }
}
