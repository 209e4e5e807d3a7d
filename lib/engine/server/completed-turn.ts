import { ServerExitedError } from '../errors.js'
import { crashOf } from '../exit.js'
import type { Completed } from '../keeper/completed.js'
import { CommitFailedError } from '../keeper/errors.js'
import type { Envelope } from '../mailbox/envelope.js'
import { isWritten, type Writes } from '../tables/table-write.js'
import type { Completion } from '../worker/worker.js'
import type { Home } from './home.js'
import type { Incarnation } from './incarnation.js'

/** A message that ran: it waits until what it saw is kept. Then its caller is answered, its effects happen, listeners are told. */
export class CompletedTurn implements Completed {
  readonly wakeAt: number | undefined

  constructor(
    private readonly home: Home,
    private readonly life: Incarnation,
    private readonly envelope: Envelope,
    private readonly completion: Completion,
    /** The state before. */
    private readonly old: unknown,
    readonly revision: number,
  ) {
    this.wakeAt = home.memoranda?.wakeAt
  }

  get state(): unknown {
    return this.completion.state
  }

  get writes(): Writes | undefined {
    return this.completion.writes
  }

  waits(): void {
    this.envelope.keepContext()
  }

  answerEarly(): boolean {
    const { envelope, completion } = this
    const isTold = envelope.awaited && !envelope.isSettled && completion.answer !== 'later'
    if (isTold) this.answer()
    return isTold && this.isChange
  }

  committed(): void {
    const { home, envelope, completion } = this
    let crash: Error | undefined
    try {
      home.injectCrash?.(home.address, 'before-reply', envelope.name)
      this.answer()
    } catch (thrown) {
      crash = crashOf(thrown)
      envelope.fail(new ServerExitedError(home.address, envelope.name, crash))
    }
    const isToldOf = !Object.is(this.state, this.old) && home.listeners.attended
    if (completion.effects !== undefined || isToldOf) home.inside(envelope, tell, this, isToldOf)
    if (home.settings.debug) this.trace()
    const end = crash ?? completion.stop
    if (end !== undefined) this.life.leave(end, envelope)
  }

  /** The keeper did not confirm: what was handed to it may or may not have happened. This life ends, the next one loads. */
  uncertain(cause: unknown, handed: boolean): void {
    const { home, envelope } = this
    const error = new CommitFailedError(home.address, this.revision, cause, handed && this.isChange)
    if (envelope.awaited) envelope.fail(error)
    else if (envelope.system === undefined) home.deadLetter(envelope, error) // a reminder is told again
    this.life.leave(error, envelope)
  }

  private get isChange(): boolean {
    return !Object.is(this.state, this.old) || isWritten(this.writes)
  }

  private answer(): void {
    const { home, envelope } = this
    const { answer, value } = this.completion
    if (!envelope.awaited) {
      if (answer === 'refuse') home.deadLetter(envelope, value)
    } else if (answer === 'reply') envelope.succeed(value)
    else if (answer === 'refuse') envelope.fail(value)
    else envelope.defer()
  }

  /** Its effects happen, and listeners hear of the change, in the context of its sender. */
  tell(isToldOf: boolean): void {
    const { home, life, envelope, completion, old, state, revision } = this
    if (completion.effects !== undefined) life.perform(completion.effects)
    if (!isToldOf) return
    const { address, identity, listeners } = home
    listeners.changed(old, state, {
      server: address,
      key: identity.key,
      worker: life.number,
      revision,
      message: envelope.label,
    })
  }

  private trace(): void {
    const { home, life, envelope, revision } = this
    const { stop, answer } = this.completion
    const outcome = stop === undefined ? (answer === 'later' ? 'noreply' : answer) : 'stop'
    home.emit({
      type: 'trace',
      server: home.address,
      worker: life.number,
      message: envelope.label,
      outcome,
      revision,
    })
  }
}

const tell = (turn: CompletedTurn, isToldOf: boolean): void => {
  turn.tell(isToldOf)
}
