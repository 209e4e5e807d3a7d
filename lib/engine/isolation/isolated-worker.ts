import { AsyncResource } from 'node:async_hooks'
import { replay } from '../data/patch.js'
import type { ExitReason } from '../exit.js'
import { noEffects, type Effects } from '../worker/effects.js'
import type { Birth } from '../worker/life.js'
import type { Program } from '../worker/program.js'
import type { Completion, Message, Worker } from '../worker/worker.js'
import { keyOf } from '../tables/key.js'
import type { TableWrite, Writes } from '../tables/table-write.js'
import { Border } from './border.js'
import { Errands } from './errands.js'
import type { WorkerLostError } from './errors.js'
import type { Asked, Birthright, Done, PortableEffects, Report, State } from './frames.js'
import type { Place } from './place.js'

const MANUAL = { requireManualDestroy: true }

/** No state is this one. */
const NONE = Symbol('none')

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * A worker in another thread or process, seen from here. What it completes comes as patches; the state itself crosses when it begins, and when it
 * is not the one that it had.
 */
export class IsolatedWorker implements Worker {
  readonly life: number
  private readonly border: Border
  private readonly errands: Errands
  /** What the other side has. */
  private held: unknown = NONE
  private waiting: Waiting | undefined = undefined
  /** For its last words. */
  private listening: Waiting | undefined = undefined
  /** What its handler asks of others is asked in the context of the message that it handles. */
  private context: AsyncResource | undefined = undefined
  private isOver = false
  /** Is it disposed of? What it left behind may run on. */
  isLeft = false
  /** Is there nobody on the other side any more? */
  private isLost = false

  constructor(
    private readonly place: Place,
    private readonly program: Program,
    private readonly birth: Birth,
    hostedAs: string,
  ) {
    this.border = new Border(program.data, program.types, program.refuses)
    this.errands = new Errands(place.surrounding, this.border, order => {
      place.send(order)
    })
    this.life = place.take(this)
    place.send({ op: 'born', life: this.life, birth: this.birthright(hostedAs) })
  }

  get server(): string {
    return this.birth.server
  }

  /** Is a handler of it running there? */
  get isBusy(): boolean {
    return this.waiting !== undefined || this.listening !== undefined
  }

  async init(arg: unknown, restart: boolean): Promise<Completion> {
    const { life, border } = this
    const kept = border.out(arg)
    return this.turn(kept, () => {
      this.place.send({ op: 'init', life, arg: kept, restart })
    })
  }

  async run(message: Message, state: unknown): Promise<Completion> {
    const { life, border } = this
    const { kind, name, reminder } = message
    const payload = border.out(message.payload)
    const from = message.from()?.id
    const completion = await this.turn(state, given => {
      this.place.send({ op: 'run', life, kind, name, payload, from, reminder, ...given })
    })
    this.place.answered(this.birth)
    return completion
  }

  async codeChange(state: unknown, from: number, extra: unknown): Promise<Completion> {
    const { life, border } = this
    return this.turn(state, given => {
      this.place.send({ op: 'codeChange', life, from, extra: border.out(extra), ...given })
    })
  }

  exit(reason: ExitReason): void {
    this.isOver = true
    this.place.send({ op: 'exit', life: this.life, reason: this.border.thrown(reason) as ExitReason })
  }

  async terminate(state: unknown, reason: ExitReason): Promise<void> {
    if (this.isLost) return // it says nothing any more
    const { life } = this
    const given = this.given(state)
    await new Promise((resolve, reject) => {
      this.listening = { resolve, reject }
      this.place.send({ op: 'terminate', life, reason: this.border.thrown(reason) as ExitReason, ...given })
    })
  }

  dispose(): void {
    this.isLeft = true
    this.place.leave(this)
  }

  /** The place is gone, and with it all that ran there. */
  lost(reason: WorkerLostError): void {
    const { waiting } = this
    this.waiting = undefined
    this.isLost = true
    this.listening?.resolve(undefined) // it says nothing any more
    if (waiting !== undefined) waiting.reject(reason)
    else if (!this.isOver) this.birth.lost(reason)
  }

  /** What the other side says of this life. */
  heard(report: Exclude<Report, { op: 'ready' | 'pong' | 'closed' | 'gone' }>): void {
    switch (report.op) {
      case 'done':
        this.settle(waiting => {
          waiting.resolve(report.done)
        })
        return
      case 'crashed':
        this.settle(waiting => {
          waiting.reject(this.border.caught(report.error))
        })
        return
      case 'over':
        if ('error' in report) this.listening?.reject(this.border.caught(report.error))
        else this.listening?.resolve(undefined)
        this.listening = undefined
        return
      case 'perform':
        this.birth.perform(this.effects(report.effects))
        return
      case 'error':
        this.birth.report(report.where, this.border.caught(report.error))
        return
      case 'ask':
        void this.errands.answer(report.ask, () => this.inside(() => this.asked(report.asked)))
        return
      case 'tell':
        this.inside(() => {
          this.errands.tell(report.telling)
        })
    }
  }

  private asked(asked: Asked): Promise<unknown> {
    return asked.to === 'table' ? this.entries(asked.table) : this.errands.call(asked)
  }

  // It is loaded here too, for those who read it from here.
  private async entries(name: string): Promise<unknown> {
    const table = this.birth.holdings.table(name)
    await table?.load(this.program.data)
    const entries: unknown[] = []
    for (const entry of table?.completed.walk() ?? [])
      if (entry.op === 'set') entries.push([entry.key, entry.value])
    return entries
  }

  private inside<T>(work: () => T): T {
    return this.context === undefined ? work() : this.context.runInAsyncScope(work)
  }

  private settle(how: (waiting: Waiting) => void): void {
    const { waiting } = this
    this.waiting = undefined
    if (waiting !== undefined) how(waiting)
  }

  private async turn(state: unknown, send: (given: { state?: State }) => void): Promise<Completion> {
    const given = this.given(state)
    const done = (await this.answer(() => {
      send(given)
    })) as Done
    return this.completion(state, done)
  }

  private answer(send: () => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.context = new AsyncResource('PeeperIsolated', MANUAL)
      send()
    })
  }

  private given(state: unknown): { state?: State } {
    const given: { state?: State } = Object.is(state, this.held) ? {} : { state: [state] }
    this.held = state
    return given
  }

  private completion(base: unknown, done: Done): Completion {
    const { data } = this.program
    const { patches, writes, effects, answer, value, directive, stop } = done
    const state = patches === undefined ? base : data.keep(replay(base, patches), base)
    this.held = state
    return {
      state,
      answer,
      value: answer === 'refuse' ? this.border.caught(value) : this.border.in(value),
      directive: directive && (this.border.in(directive) as Completion['directive']),
      stop: stop && (this.border.caught(stop) as ExitReason),
      effects: effects && this.effects(effects),
      writes: writes && this.writes(writes),
    }
  }

  private effects(portable: PortableEffects): Effects {
    const { afterCommit, ...effects } = portable
    const { life, place } = this
    const later = (turn: number) => () => {
      place.send({ op: 'afterCommit', life, turn })
    }
    return {
      ...noEffects(),
      ...(this.border.in(effects) as Omit<Effects, 'afterCommit'>),
      afterCommit: afterCommit === undefined ? [] : [later(afterCommit)],
    }
  }

  private writes({ kept, local, dictionary }: NonNullable<Done['writes']>): Writes {
    const { data } = this.program
    const { holdings } = this.birth
    const own = (write: TableWrite): TableWrite =>
      write.op === 'set'
        ? { ...write, key: keyOf(write.key, data), value: data.keep(write.value) }
        : write.op === 'delete'
          ? { ...write, key: keyOf(write.key, data) }
          : write
    const next = dictionary && data.keep(replay(holdings.dictionary, dictionary), holdings.dictionary)
    return { kept: kept.map(own), local: local.map(own), dictionary: next as Writes['dictionary'] }
  }

  private birthright(program: string): Birthright {
    const { server, name, key, worker, restarts, cause, holdings } = this.birth
    return {
      program,
      server,
      name,
      key,
      worker,
      restarts,
      cause: cause && (this.border.thrown(cause) as ExitReason),
      tables: holdings.tables(),
      dictionary: holdings.dictionary.size === 0 ? undefined : holdings.dictionary,
    }
  }
}
