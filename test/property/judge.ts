import { isDeepStrictEqual } from 'node:util'
import { CallTimeoutError, CommitFailedError } from 'nestjs-peeper/engine'
import { type Program, type ServerPlan } from './commands.js'
import { wrongFate } from './fate.js'
import { type Order, type Seen } from './ledger-server.js'
import { emptyLedger, ledgerOf, withoutTokens, type Ledger } from './ledger.js'
import { type Begun, type Record, type Sent, type Told } from './record.js'

/** What was promised and does not hold; empty when all is well. */
export const complaintsOf = (record: Record, { servers, weather }: Program): string[] =>
  servers.flatMap((plan, index) =>
    new Judge(`s${index}`, plan, record, weather.length === 0)
      .complaints()
      .map(complaint => `s${index}: ${complaint}`),
  )

class Judge {
  private readonly found: string[] = []
  private readonly log: readonly string[]
  private readonly place = new Map<string, number>()
  private readonly sent: readonly Sent[]
  private readonly began: readonly Begun[]
  private readonly told: readonly Told[]
  private readonly letters: Map<string, unknown>

  constructor(
    private readonly server: string,
    private readonly plan: ServerPlan,
    private readonly record: Record,
    /** The keeper never failed. */
    private readonly fair: boolean,
  ) {
    this.log = record.last.get(server)!.state.log
    for (const [index, id] of this.log.entries()) this.place.set(id, index)
    this.sent = record.sent.filter(message => message.server === server)
    this.began = record.began.filter(begun => begun.server === server)
    this.told = record.told.get(server)!
    const mine = record.letters.filter(letter => letter.server === server)
    this.letters = new Map(mine.map(({ payload, reason }) => [(payload as Order).id, reason]))
    this.expect(this.letters.size === mine.length, 'a message became two dead letters')
  }

  complaints(): string[] {
    this.expect(!this.fair || !this.record.down.includes(this.server), 'it gave up, and nothing failed')
    this.lastState()
    this.beside('the end', this.record.seen.get(this.server)!)
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

  /** Tables and dictionary say what the state says that was seen with them. */
  private beside(who: string, { log, dictionary, numbered, named }: Seen): void {
    const made = log.flatMap((id, index) =>
      this.sent.some(each => each.id === id && each.op === 'table') ? [[index + 1, id] as const] : [],
    )
    const counted = log.length === 0 ? [] : [['changes', log.length]]
    this.expect(isDeepStrictEqual(dictionary, counted), `${who} saw another dictionary than its state says`)
    if (numbered === undefined || named === undefined) return
    this.expect(isDeepStrictEqual(numbered, made), `${who} saw ${show(numbered)} and not ${show(made)}`)
    const byNumber = [...named].sort((a, b) => Number((a as unknown[])[1]) - Number((b as unknown[])[1]))
    const names = made.map(([index, id]) => [[id], index])
    this.expect(isDeepStrictEqual(byNumber, names), `${who} saw ${show(named)} and not ${show(names)}`)
  }

  private reply(id: string, op: Sent['op'], value: unknown): void {
    if (op === 'read' || op === 'slowRead' || op === 'tableRead') {
      const { log, half } = value as Seen
      this.expect(half === undefined, `${id} saw ${half} half done`)
      this.beside(id, value as Seen)
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

  /** Each message happened, or failed, or was refused, as its sender was told; nothing is lost on the way, and nothing runs twice. */
  private fate(message: Sent): void {
    const { id, op, outcome } = message
    const begun = this.began.filter(each => each.id === id)
    this.expect(begun.length <= 1, `${id} ran twice`)
    const end = this.record.ends.find(
      ({ server, worker }) => server === this.server && worker === begun[0]?.worker,
    )
    const wrong = wrongFate(message, {
      happened: this.has(id),
      begun: begun[0],
      letter: this.letters.get(id),
      endedAt: end?.at ?? Infinity,
      toldAt: this.told.find(({ meta }) => meta.revision === (this.place.get(id) ?? NaN) + 2)?.at ?? Infinity,
      fair: this.fair,
      drops: this.plan.onCrash === 'drop',
    })
    this.expect(wrong === undefined, `${message.kind} ${id} ${wrong}`)
    if (outcome !== undefined && 'value' in outcome) this.reply(id, op, outcome.value)
  }

  /** One mailbox, one order: messages begin as they were sent, and what they leave keeps that order. */
  private order(): void {
    const begun = this.began.map(({ id }) => id)
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
    const { told } = this
    const revisions = told.map(({ meta }) => meta.revision)
    this.expect(isAscending(revisions), `listeners were told out of order: ${revisions.join()}`)
    for (const telling of told) this.telling(telling)
    for (const [index, id] of this.log.entries()) {
      const isTold = revisions.includes(index + 2)
      this.expect(isTold || this.isUncertain(id), `listeners were not told of ${id}`)
      this.expect(
        isTold || this.effectsOf(id) === 0,
        `the effect of ${id} happened, and listeners were not told`,
      )
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

  /** Its sender was told that the keeper did not confirm it, or had gone before. */
  private isUncertain(id: string): boolean {
    const outcome = this.sent.find(message => message.id === id)?.outcome
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : this.letters.get(id)
    return error instanceof CommitFailedError || error instanceof CallTimeoutError
  }

  private effectsOf(id: string): number {
    return this.record.effects.filter(effect => effect.server === this.server && effect.id === id).length
  }
}

const show = (value: unknown): string => JSON.stringify(value)

const isSent = (id: string): boolean => /^\d+$/.test(id)

const isAscending = (ids: readonly (string | number)[]): boolean =>
  ids.every((id, index) => index === 0 || Number(ids[index - 1]) < Number(id))

const sameLedger = (shown: Ledger, log: readonly string[]): boolean =>
  isDeepStrictEqual(withoutTokens(shown), log.length === 0 ? withoutTokens(emptyLedger()) : ledgerOf(log))
