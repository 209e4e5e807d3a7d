import { isDeepStrictEqual } from 'node:util'
import { CallTimeoutError, CommitFailedError, ServerExitedError } from 'nestjs-peeper/engine'
import { Refusal, type Order } from './ledger-server.js'
import { emptyLedger, ledgerOf, withoutTokens, type Ledger } from './ledger.js'
import { type Record, type Sent, type Told } from './run.js'

/** What was promised and does not hold; empty when all is well. `fair`: the keeper never failed. */
export const complaintsOf = (record: Record, fair: boolean): string[] =>
  [...record.last.keys()].flatMap(server =>
    new Judge(server, record, fair).complaints().map(complaint => `${server}: ${complaint}`),
  )

class Judge {
  private readonly found: string[] = []
  private readonly log: readonly string[]
  private readonly place = new Map<string, number>()
  private readonly sent: readonly Sent[]
  private readonly letters: Map<string, unknown>

  constructor(
    private readonly server: string,
    private readonly record: Record,
    private readonly fair: boolean,
  ) {
    this.log = record.last.get(server)!.state.log
    for (const [index, id] of this.log.entries()) this.place.set(id, index)
    this.sent = record.sent.filter(message => message.server === server)
    const mine = record.letters.filter(letter => letter.server === server)
    this.letters = new Map(mine.map(({ payload, reason }) => [(payload as Order).id, reason]))
    this.expect(this.letters.size === mine.length, 'a message became two dead letters')
  }

  complaints(): string[] {
    this.expect(!this.fair || !this.record.down.includes(this.server), 'it gave up, and nothing failed')
    this.lastState()
    for (const message of this.sent) if (message.kind === 'call') this.answer(message)
    for (const message of this.sent) this.fate(message)
    this.order()
    this.tellings()
    return this.found
  }

  private expect(holds: boolean, complaint: string): void {
    if (!holds) this.found.push(complaint)
  }

  private has(id: string): boolean {
    return this.place.has(id)
  }

  /** The state is the plain model's, and its revision counts the changes from the first state on. */
  private lastState(): void {
    const { state, revision } = this.record.last.get(this.server)!
    const { log } = this
    this.expect(this.place.size === log.length, `something happened twice: ${log.join()}`)
    this.expect(revision === 1 + log.length, `revision ${revision} after ${log.length} changes`)
    this.expect(isDeepStrictEqual(withoutTokens(state), ledgerOf(log)), 'the last state is not the model’s')
  }

  /** What a caller was told is true. */
  private answer({ id, op, outcome }: Sent): void {
    if (outcome === undefined) return this.expect(false, `call ${id} never settled`)
    if ('value' in outcome) return this.reply(id, op, outcome.value)
    const { error } = outcome
    if (error instanceof Refusal)
      this.expect(op === 'refuse' && !this.has(id), `${id} was refused and happened`)
    else if (error instanceof ServerExitedError)
      this.expect(op === 'defer' || !this.has(id), `${id} was told it never happened, and happened`)
    else if (error instanceof CommitFailedError) this.expect(!this.fair, `${id}: the keeper did not fail`)
    else if (!(error instanceof CallTimeoutError))
      this.expect(!this.has(id), `${id} was not taken, and happened`)
  }

  private reply(id: string, op: Sent['op'], value: unknown): void {
    if (op === 'read' || op === 'slowRead') {
      const { log, half } = value as Ledger
      this.expect(half === undefined, `${id} saw ${half} half done`)
      this.expect(
        isDeepStrictEqual(log, this.log.slice(0, log.length)),
        `${id} saw what did not last: ${log.join()}`,
      )
    } else if (op === 'defer') {
      const { answeredBy } = value as { answeredBy: string }
      this.expect(
        this.has(id) && this.has(answeredBy),
        `${id} was answered by ${answeredBy}, and one is lost`,
      )
    } else {
      this.expect(this.log[Number(value) - 1] === id, `${id} was acknowledged as number ${String(value)}`)
      this.expect(this.effectsOf(id) === 1, `the effect of ${id} did not happen`)
    }
  }

  /** Each message happened, or failed, or was refused; nothing is lost on the way, and nothing runs twice. */
  private fate({ id, op, kind, outcome }: Sent): void {
    const times = this.record.began.filter(begun => begun.server === this.server && begun.id === id).length
    this.expect(times <= 1, `${id} ran twice`)
    const fails = ['throw', 'reject', 'refuse', 'bad'].includes(op)
    if (fails) this.expect(!this.has(id), `${id} failed and happened`)
    if (kind === 'call') {
      const isTimeout =
        outcome !== undefined && 'error' in outcome && outcome.error instanceof CallTimeoutError
      if (isTimeout && times === 0) this.expect(!this.has(id), `${id} happened and never ran`)
      return
    }
    const letter = this.letters.get(id)
    if (letter === undefined) this.expect(times === 1, `${kind} ${id} vanished`)
    else if (letter instanceof Refusal) this.expect(op === 'refuse', `${id} was refused`)
    else if (letter instanceof CommitFailedError)
      this.expect(!this.fair && times === 1, `${id}: an odd dead letter`)
    else this.expect(times === 0, `${id} ran and became a dead letter`)
  }

  /** One mailbox, one order: messages begin as they were sent, and what they leave keeps that order. */
  private order(): void {
    const begun = this.record.began.filter(each => each.server === this.server).map(({ id }) => id)
    this.expect(isAscending(begun.filter(isSent)), `began out of order: ${begun.join()}`)
    this.expect(isAscending(this.log.filter(isSent)), `happened out of order: ${this.log.join()}`)
    for (const [index, id] of this.log.entries()) {
      if (!isSent(id)) this.expect(this.has(id.slice(0, -1)), `${id} without what it follows`)
      if (id.endsWith('+'))
        this.expect(`${this.log[index - 1]}+` === id, `something came before the continue ${id}`)
    }
    const effects = this.record.effects.filter(each => each.server === this.server).map(({ id }) => id)
    const happened = effects.map(id => this.place.get(id) ?? -1)
    this.expect(isAscending(happened) && !happened.includes(-1), `effects out of order: ${effects.join()}`)
  }

  /** Listeners saw the committed changes, all of them, in order; but for those that the keeper did not confirm. */
  private tellings(): void {
    const told = this.record.told.get(this.server)!
    const revisions = told.map(({ meta }) => meta.revision)
    this.expect(isAscending(revisions), `listeners were told out of order: ${revisions.join()}`)
    for (const telling of told) this.telling(telling)
    for (const [index, id] of this.log.entries()) {
      const isMissing = !revisions.includes(index + 2)
      if (isMissing) this.expect(!this.fair && this.effectsOf(id) === 0, `listeners were not told of ${id}`)
    }
    const changes = this.record.changes.get(this.server)!
    this.expect(
      isDeepStrictEqual(
        changes,
        told.map(({ next }) => next),
      ),
      'changes$ told something else',
    )
  }

  private telling({ old, next, meta }: Told): void {
    const length = meta.revision - 1
    const [before, after] = [this.log.slice(0, length - 1), this.log.slice(0, length)]
    this.expect(sameLedger(old, before), `the old state at revision ${meta.revision} is another`)
    this.expect(sameLedger(next, after), `the next state at revision ${meta.revision} is another`)
  }

  private effectsOf(id: string): number {
    return this.record.effects.filter(effect => effect.server === this.server && effect.id === id).length
  }
}

const isSent = (id: string): boolean => /^\d+$/.test(id)

const isAscending = (ids: readonly (string | number)[]): boolean =>
  ids.every((id, index) => index === 0 || Number(ids[index - 1]) < Number(id))

const sameLedger = (shown: Ledger, log: readonly string[]): boolean =>
  isDeepStrictEqual(withoutTokens(shown), log.length === 0 ? withoutTokens(emptyLedger()) : ledgerOf(log))
