import type { ExitReason } from '../exit.js'
import type { Mailbox } from '../mailbox/mailbox.js'
import { eventLoop } from '../clock.js'
import { carries } from '../data/transfer.js'
import { done } from '../promptly.js'
import { Waiters } from '../waiters.js'
import type { Birth } from '../worker/life.js'
import { asItIs } from '../worker/inline-worker.js'
import type { Program } from '../worker/program.js'
import type { Completion, Message, Worker } from '../worker/worker.js'
import { Ahead } from './ahead.js'
import type { Border } from './border.js'
import type { WorkerLostError } from './errors.js'
import type { Done, Order, State } from './frames.js'
import { Held } from './held.js'
import { Owed } from './owed.js'
import { Passage } from './passage.js'
import { Pending } from './pending.js'
import type { Place } from './place.js'
import { Talk } from './talk.js'
import { Turns } from './turns.js'
import { dropsWhatWaits, endsRun, type LastWord, type Word } from './word.js'

/**
 * A worker in another thread or process, seen from here. What it completes comes as patches; the state itself crosses when it begins, and when it
 * is not the one that it had. Messages that wait are sent before their turn; what the other side says of one is read when its turn has come here.
 */
export class IsolatedWorker implements Worker {
  readonly life: number
  readonly server: string
  dropped: Message | undefined = undefined
  private readonly talk: Talk
  private readonly passage: Passage
  private readonly ahead = new Ahead()
  private readonly held = new Held()
  private waiting: Pending<Completion> | undefined = undefined
  /** What the state was when the turn began that is waited for, and its message. */
  private base: unknown = undefined
  private current: Message | undefined = undefined
  /** For its last words. */
  private listening: Pending<void> | undefined = undefined
  /** What was said of messages that this side has not come to. */
  private unread: (Word | LastWord)[] = []
  readonly owed = new Owed()
  /** Resolves when it lives there: not before, if others are busy there or nothing is yet. */
  there: Promise<void> | undefined = undefined
  private begins = done
  private readonly turns: Turns
  /** Those that can be sent once. */
  private readonly carriers = new WeakSet<Message>()
  private halts: Waiters | undefined = undefined
  private isOver = false
  /** Is nothing more asked of it? What it left behind may run on. */
  isLeft = false
  /** Is there nobody on the other side any more? */
  private isLost = false

  constructor(
    private readonly place: Place,
    private readonly program: Program,
    private readonly border: Border,
    private readonly birth: Birth,
    private readonly hostedAs: string,
    private readonly known: Set<string>, // what others have been hosted as
  ) {
    this.server = birth.server
    if (!place.isFree) this.there = new Promise(resolve => (this.begins = resolve))
    const life = (this.life = place.take(this))
    this.turns = new Turns(place, border, birth)
    this.passage = new Passage(program, birth, border, turn => {
      if (this.isLost) return
      this.turns.commits(turn)
      this.owed.addCommit()
      place.send({ op: 'afterCommit', life, turn })
      place.asked(this)
    })
    this.talk = new Talk(place, border, this.turns, this.passage)
    place.send({ op: 'born', life, birth: this.passage.birthright(hostedAs) })
  }

  init(arg: unknown, restart: boolean): Completion | Promise<Completion> {
    const { life, border, program } = this
    const kept = border.out(arg)
    // It goes there with the first message, if it is known that there is one who runs it.
    if (program.callbacks.init === undefined && this.known.has(this.hostedAs)) return asItIs(kept)
    this.held.is(kept)
    this.ask({ op: 'init', life, arg: kept, restart })
    return this.completed(kept)
  }

  run(message: Message, state: unknown): Completion | Promise<Completion> {
    this.current = message
    if (!this.ahead.take(message)) {
      this.ahead.open()
      this.send(message, this.packed(message), this.held.given(state))
    }
    return this.completed(state)
  }

  foresee(mailbox: Mailbox): void {
    if (this.isLost) return
    for (const message of this.ahead.next(mailbox)) {
      const payload = this.carriers.has(message) ? undefined : this.packed(message)
      if (this.carriers.has(message)) return // it goes in its turn
      this.ahead.add(message)
      this.send(message, payload, {})
    }
  }

  codeChange(state: unknown, from: number, extra: unknown): Completion | Promise<Completion> {
    const given = { extra: this.border.out(extra), ...this.held.given(state) }
    this.ask({ op: 'codeChange', life: this.life, from, ...given })
    return this.completed(state)
  }

  halt(): Promise<void> | undefined {
    if (this.ahead.size === 0) return undefined
    this.ahead.close()
    if (this.halts === undefined) this.place.send({ op: 'halt', life: this.life })
    return (this.halts ??= new Waiters()).wait()
  }

  exit(reason: ExitReason): void {
    this.isOver = true
    this.ahead.close()
    if (this.ahead.size > 0) this.halts ??= new Waiters()
    this.place.send({ op: 'exit', life: this.life, reason: this.border.thrown(reason) as ExitReason })
    if (reason === 'kill') this.abandon() // it has no last words
    this.readOn()
  }

  get told(): Promise<void> | undefined {
    const waits = [this.halts?.wait(), this.turns.untilRan()].filter(wait => wait !== undefined)
    return waits.length === 0 ? undefined : Promise.all(waits).then(done)
  }

  get begun(): ReadonlySet<Message> | undefined {
    return this.ahead.begun
  }

  async terminate(state: unknown, reason: ExitReason): Promise<void> {
    if (this.isLost) return // it says nothing any more
    const given = this.held.given(state)
    const listening = (this.listening = new Pending<void>())
    this.ask({ op: 'terminate', life: this.life, reason: this.border.thrown(reason) as ExitReason, ...given })
    await listening.outcome()
  }

  dispose(): void {
    this.abandon()
    this.place.leave(this)
  }

  /** The place is gone, and with it all that ran there. What it had completed before that is taken first. */
  lost(reason: WorkerLostError): void {
    this.isLost = true
    eventLoop.yield(() => {
      this.unread.push({ op: 'lost', reason })
      this.readOn()
    })
  }

  /** The other side says something of this life. */
  heard(word: Word): void {
    this.owed.heard(word)
    if (!this.owed.any) this.place.answeredAll(this)
    if (dropsWhatWaits(word)) this.ahead.close()
    this.unread.push(word)
    this.readOn()
  }

  private readOn(): void {
    for (;;) {
      const [word] = this.unread
      if (word === undefined || !this.isReadable(word)) return
      this.unread.shift()
      this.read(word)
    }
  }

  // While this side has not come to the message that is handled there.
  private isReadable({ op }: Word | LastWord): boolean {
    return this.waiting !== undefined || this.ahead.size === 0 || this.isOver || op === 'halted'
  }

  private read(word: Word | LastWord): void {
    const { waiting } = this
    switch (word.op) {
      case 'done':
        this.waiting = undefined
        if (waiting === undefined) this.ahead.outrun()
        else this.complete(waiting, word.done)
        return
      case 'crashed':
        this.waiting = undefined
        if (waiting === undefined) this.ahead.outrun()
        this.current = undefined
        this.turns.end()
        this.ahead.drop()
        waiting?.reject(this.border.caught(word.error))
        return
      case 'halted':
        this.halted(word.isBusy)
        return
      case 'lost':
        this.halted(this.owed.isHandling)
        this.turns.ran()
        this.waiting = undefined
        this.listening?.resolve() // it says nothing any more
        if (waiting !== undefined) waiting.reject(word.reason)
        else if (!this.isOver) this.birth.lost(word.reason)
        return
      case 'over':
        if ('error' in word) this.listening?.reject(this.border.caught(word.error))
        else this.listening?.resolve()
        this.listening = undefined
        return
      case 'born':
        this.begins()
        return
      case 'awaits':
        return
      case 'known':
        this.current?.from(word.id)
        return
      case 'perform':
        this.birth.perform(this.passage.effects(word.effects))
        return
      case 'error':
        this.birth.report(word.where, this.border.caught(word.error))
        return
      case 'committed':
        this.turns.ran(word.turn)
        return
      case 'ask':
      case 'tell':
        this.talk.hear(word)
    }
  }

  private abandon(): void {
    this.isLeft = true
    this.place.doubt(this)
  }

  // It has begun nothing more but what it is busy with.
  private halted(isBusy: boolean): void {
    if (this.waiting === undefined) {
      if (isBusy) this.ahead.outrun()
    } else if (!isBusy && this.current !== undefined && !this.carriers.has(this.current))
      this.dropped = this.current
    this.ahead.drop()
    this.halts?.release()
    this.halts = undefined
  }

  private complete(waiting: Pending<Completion>, done: Done): void {
    if (endsRun(done)) this.ahead.drop()
    if (this.current === undefined) this.known.add(this.hostedAs)
    else this.place.answered(this.birth)
    this.current = undefined
    this.turns.end()
    try {
      const completion = this.passage.completion(this.base, done)
      this.held.is(completion.state)
      waiting.resolve(completion)
    } catch (error) {
      waiting.reject(error)
    }
  }

  private ask(order: Order): void {
    if (this.isLost) return
    this.place.send(order)
    this.owed.add(this.place.asked(this))
  }

  private packed(message: Message): unknown {
    const payload = this.border.out(message.payload)
    if (carries(payload)) this.carriers.add(message)
    return payload
  }

  private send(message: Message, payload: unknown, given: { state?: State }): void {
    const { kind, name, reminder, awaited } = message
    const stores = this.turns.stores(message)
    const run = { kind, name, payload, awaited, reminder, stores, ...given }
    this.ask({ op: 'run', life: this.life, epoch: this.ahead.epoch, ...run })
  }

  // The turn of what was asked for has come; it may have been completed before.
  private completed(state: unknown): Completion | Promise<Completion> {
    const waiting = (this.waiting = new Pending<Completion>())
    this.base = state
    this.turns.begin()
    this.readOn()
    return waiting.outcome()
  }
}
