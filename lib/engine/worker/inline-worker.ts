import { NoSuchMessageError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import { NoReply, noreply, Outcome, Refuse, reply } from '../outcome.js'
import {
  namedHandler,
  stepFrom,
  type Callbacks,
  type CodeChangeHandler,
  type CodeChangeSteps,
} from './callbacks.js'
import { Context } from './context.js'
import { isPromiseLike } from '../guard.js'
import { Life, type Birth } from './life.js'
import type { Program } from './program.js'
import { Turn } from './turn.js'
import type { Completion, Message, Worker } from './worker.js'

const NOW = Promise.resolve()

/** A worker in this very thread: it runs the callbacks on a draft of the state. */
export class InlineWorker implements Worker {
  private readonly life: Life
  /** What runs on, for it awaits something. */
  private turn: Turn | undefined = undefined
  /** The life of the last words. */
  private last: Life | undefined = undefined

  constructor(
    private readonly program: Program,
    birth: Birth,
  ) {
    this.life = new Life(birth)
  }

  init(arg: unknown, restart: boolean): Completion | Promise<Completion> {
    const { init } = this.program.callbacks
    if (init === undefined) return asItIs(arg)
    const turn = new Turn(this.program, this.life, arg, undefined, 'init')
    return this.attempt(
      turn,
      () => init(turn.draft.value as never, turn.context),
      returned => {
        if (restart) return { ...turn.complete(directiveOf(returned)), state: arg }
        if (returned instanceof Refuse) throw turn.bad('refuse(…), which nobody waits for')
        return turn.complete(firstOf(returned))
      },
    )
  }

  run(message: Message, state: unknown): Completion | Promise<Completion> {
    const { kind, name } = message
    const table = this.program.tables[kind]
    const named = namedHandler(table, name)
    const handler = named ?? table.get('*')
    if (handler === undefined)
      throw new NoSuchMessageError(this.life.birth.server, kind, name, [...table.keys()])
    const payload = named === undefined ? { name, payload: message.payload } : message.payload
    const turn = new Turn(this.program, this.life, state, message)
    let returned: unknown
    try {
      returned = handler(turn.draft.value as never, payload as never, turn.context)
    } catch (thrown) {
      return this.refusal(turn, thrown)
    }
    if (!isPromiseLike(returned)) return turn.complete(returned)
    return this.later(
      turn,
      returned,
      value => turn.complete(value),
      thrown => this.refusal(turn, thrown),
    )
  }

  codeChange(state: unknown, fromVersion: number, extra: unknown): Completion | Promise<Completion> {
    const { codeChange } = this.program.callbacks
    return typeof codeChange === 'object'
      ? this.stepwise(codeChange, state, fromVersion, extra)
      : this.change(codeChange, state, fromVersion, extra)
  }

  // Each step on what the one before it left: a state fit to be kept.
  private stepwise(
    steps: CodeChangeSteps,
    state: unknown,
    from: number,
    extra: unknown,
  ): Completion | Promise<Completion> {
    const goOn = (completion: Completion): Completion | Promise<Completion> =>
      from + 1 < this.program.version && !this.life.isOver
        ? this.stepwise(steps, completion.state, from + 1, extra)
        : completion
    const changed = this.change(stepFrom(steps, from), state, from, extra)
    return isPromiseLike(changed) ? changed.then(goOn) : goOn(changed)
  }

  private change(
    handler: CodeChangeHandler | undefined,
    state: unknown,
    fromVersion: number,
    extra: unknown,
  ): Completion | Promise<Completion> {
    const turn = new Turn(this.program, this.life, state, undefined, 'codeChange')
    return this.attempt(
      turn,
      () => handler?.(turn.draft.value as never, fromVersion, extra),
      returned => {
        if (returned instanceof Outcome) throw turn.bad('an outcome, where the next state is due')
        return turn.complete(reply(undefined, returned === undefined ? {} : { state: returned }))
      },
    )
  }

  // The life is over by now, and its contexts throw; the last words have a context of their own.
  terminate(state: unknown, reason: ExitReason): Promise<void> | undefined {
    const { terminate } = this.program.callbacks
    return terminate === undefined ? undefined : this.saysLast(terminate, state, reason)
  }

  private async saysLast(
    terminate: NonNullable<Callbacks['terminate']>,
    state: unknown,
    reason: ExitReason,
  ): Promise<void> {
    await NOW // whom it asks to end this life has to wait for it by then
    const last = (this.last = new Life(this.life.birth))
    const draft = this.program.data.draft(state)
    try {
      await terminate(draft.value as never, reason, new Context(last, undefined))
    } finally {
      draft.end()
    }
  }

  exit(reason: ExitReason): void {
    this.life.end(reason)
    this.turn?.end()
  }

  dispose(): void {
    this.last?.end('normal')
    this.last?.dispose()
    this.life.dispose()
  }

  private attempt(
    turn: Turn,
    callback: () => unknown,
    complete: (returned: unknown) => Completion,
  ): Completion | Promise<Completion> {
    const crash = (thrown: unknown): never => {
      throw turn.crashed(thrown)
    }
    let returned: unknown
    try {
      returned = callback()
    } catch (thrown) {
      return crash(thrown)
    }
    if (isPromiseLike(returned)) return this.later(turn, returned, complete, crash)
    return complete(returned)
  }

  private async later(
    turn: Turn,
    returned: PromiseLike<unknown>,
    complete: (value: unknown) => Completion,
    failed: (thrown: unknown) => Completion,
  ): Promise<Completion> {
    let value: unknown
    this.turn = turn
    try {
      value = await returned
    } catch (thrown) {
      return failed(thrown)
    } finally {
      this.turn = undefined // an idle server holds no payload
    }
    return this.life.isOver ? turn.refused(undefined) : complete(value) // nobody hears what an ended life says
  }

  // A thrown error of a class that refuses is the caller's; any other is a crash.
  private refusal(turn: Turn, thrown: unknown): Completion {
    if (this.program.refuses.some(refusal => thrown instanceof refusal)) return turn.refused(thrown)
    throw turn.crashed(thrown)
  }
}

/** What a server without `init` starts with. */
export const asItIs = (state: unknown): Completion => ({
  state,
  answer: 'later',
  value: undefined,
  directive: undefined,
  stop: undefined,
  effects: undefined,
  writes: undefined,
})

/** What `init` returned, as an outcome: a plain value is the first state. */
const firstOf = (returned: unknown): unknown =>
  returned === undefined || returned instanceof Outcome ? returned : noreply({ state: returned })

/** On a restart the kept state stands, whatever `init` returns; its directive counts on each start. */
const directiveOf = (returned: unknown): unknown => {
  if (returned instanceof Outcome && !(returned instanceof NoReply)) return returned
  if (!(returned instanceof NoReply) || returned.next === undefined) return undefined
  const { state: _, ...directive } = returned.next
  return noreply(directive)
}
