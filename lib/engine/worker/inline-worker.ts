import type { Data } from '../data/data.js'
import { NoSuchMessageError } from '../errors.js'
import type { ExitReason } from '../exit.js'
import { NoReply, noreply, Outcome, Refuse, reply } from '../outcome.js'
import { handlerFor, isNamed, type Callbacks, type HandlerTables } from './callbacks.js'
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
    const turn = this.begin('init', false, arg, undefined)
    return this.attempt(
      turn,
      () => init?.(turn.draft.value as never, turn.context),
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
    const handler = handlerFor(table, name)
    const turn = this.begin(`${kind} '${name}'`, kind === 'call', state, message)
    if (handler === undefined)
      throw new NoSuchMessageError(this.life.birth.server, kind, name, [...table.keys()])
    const payload = isNamed(table, name) ? message.payload : { name, payload: message.payload }
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
    const turn = this.begin('codeChange', true, state, undefined)
    return this.attempt(
      turn,
      () => codeChange?.(turn.draft.value as never, fromVersion, extra),
      returned => {
        if (returned instanceof Outcome) throw turn.bad('an outcome, where the next state is due')
        return turn.complete(reply(undefined, returned === undefined ? {} : { state: returned }))
      },
    )
  }

  // The life is over by now, and its contexts throw; the last words have a context of their own.
  async terminate(state: unknown, reason: ExitReason): Promise<void> {
    const { terminate } = this.program.callbacks
    if (terminate === undefined) return
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
    return isPromiseLike(returned) ? this.later(turn, returned, complete, crash) : complete(returned)
  }

  private async later(
    turn: Turn,
    returned: PromiseLike<unknown>,
    complete: (value: unknown) => Completion,
    failed: (thrown: unknown) => Completion,
  ): Promise<Completion> {
    let value: unknown
    try {
      value = await returned
    } catch (thrown) {
      return failed(thrown)
    }
    return this.life.isOver ? turn.refused(undefined) : complete(value) // nobody hears what an ended life says
  }

  // A thrown error of a class that refuses is the caller's; any other is a crash.
  private refusal(turn: Turn, thrown: unknown): Completion {
    if (this.program.refuses.some(refusal => thrown instanceof refusal)) return turn.refused(thrown)
    throw turn.crashed(thrown)
  }
}

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
