import type { Data } from '../data/data.js'
import { BadOutcomeError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import { NoReply, noreply, reply, Stop } from '../outcome.js'
import { handlerFor, type Callbacks, type HandlerTables } from './callbacks.js'
import { Context } from './context.js'
import { isPromiseLike } from '../guard.js'
import { Life, type Birth } from './life.js'
import { Turn, type Occasion } from './turn.js'
import type { Completion, Message, Worker } from './worker.js'

/** A class of errors that refuse when thrown, instead of crashing. */
export type Refusal = abstract new (...args: never[]) => unknown

/** What a callback module is made of, ready to run. */
export interface Program {
  readonly callbacks: Callbacks
  readonly tables: HandlerTables
  readonly data: Data
  readonly refuses: readonly Refusal[]
}

/** A worker in this very thread: it runs the callbacks on a draft of the state. */
export class InlineWorker implements Worker {
  private readonly life: Life
  private turn: Turn | undefined = undefined

  constructor(
    private readonly program: Program,
    birth: Birth,
  ) {
    this.life = new Life(birth)
  }

  init(arg: unknown, restart: boolean): Completion | Promise<Completion> {
    const { init } = this.program.callbacks
    const turn = this.begin('init', false, arg, undefined)
    const returned =
      init === undefined ? undefined : this.guarded(turn, () => init(turn.draft.value as never, turn.context))
    // On a restart the kept state stands, whatever init returns; its directive counts each time.
    const complete = (value: unknown): Completion => {
      const completion = turn.complete(initOutcome(value))
      return restart ? { ...completion, state: arg } : completion
    }
    return isPromiseLike(returned) ? this.later(turn, returned, complete) : complete(returned)
  }

  run(message: Message, state: unknown): Completion | Promise<Completion> {
    const { kind, name } = message
    const table = this.program.tables[kind]
    const handler = handlerFor(table, name)
    const turn = this.begin(`${kind} '${name}'`, kind === 'call', state, message)
    if (handler === undefined)
      throw new BadOutcomeError(this.life.birth.server, `${kind} '${name}'`, 'nothing: it is not there')
    const payload = table.has(name) ? message.payload : { name, payload: message.payload }
    let returned: unknown
    try {
      returned = handler(turn.draft.value as never, payload as never, turn.context)
    } catch (thrown) {
      return this.thrown(turn, thrown)
    }
    return isPromiseLike(returned)
      ? this.later(turn, returned, value => turn.complete(value))
      : turn.complete(returned)
  }

  codeChange(state: unknown, fromVersion: number, extra: unknown): Completion | Promise<Completion> {
    const { codeChange } = this.program.callbacks
    const turn = this.begin('codeChange', true, state, undefined)
    const returned = this.guarded(turn, () => codeChange?.(turn.draft.value as never, fromVersion, extra))
    const complete = (value: unknown): Completion =>
      turn.complete(reply(undefined, value === undefined ? {} : { state: value }))
    return isPromiseLike(returned) ? this.later(turn, returned, complete) : complete(returned)
  }

  // The life is over by now, and its contexts throw; the last words have a context of their own.
  async terminate(state: unknown, reason: ExitReason): Promise<void> {
    const { terminate } = this.program.callbacks
    if (terminate === undefined) return
    const last = new Life(this.life.birth)
    const draft = this.program.data.draft(state)
    try {
      await terminate(draft.value as never, reason, new Context(last, undefined))
    } finally {
      draft.end()
      last.end(reason)
      last.dispose()
    }
  }

  exit(reason: ExitReason): void {
    this.life.end(reason)
    this.turn?.end()
  }

  dispose(): void {
    this.life.dispose()
  }

  private begin(handler: string, awaited: boolean, state: unknown, message: Message | undefined): Turn {
    const { data, tables } = this.program
    const occasion: Occasion = { server: this.life.birth.server, handler, awaited }
    return (this.turn = new Turn(
      occasion,
      state,
      data,
      tables,
      data.draft(state),
      new Context(this.life, message),
    ))
  }

  private async later(
    turn: Turn,
    returned: PromiseLike<unknown>,
    complete: (value: unknown) => Completion,
  ): Promise<Completion> {
    let value: unknown
    try {
      value = await returned
    } catch (thrown) {
      return this.thrown(turn, thrown)
    }
    return this.life.isOver ? turn.refused(undefined) : complete(value) // nobody hears what an ended life says
  }

  private thrown(turn: Turn, thrown: unknown): Completion {
    if (this.program.refuses.some(refusal => thrown instanceof refusal)) return turn.refused(thrown)
    turn.end()
    throw thrown
  }

  private guarded<R>(turn: Turn, run: () => R): R {
    try {
      return run()
    } catch (thrown) {
      turn.end()
      throw thrown
    }
  }
}

const initOutcome = (returned: unknown): unknown =>
  returned === undefined || returned instanceof NoReply || returned instanceof Stop
    ? returned
    : noreply({ state: returned })
