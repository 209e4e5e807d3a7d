import { diff } from '../data/diff.js'
import type { ExitReason } from '../exit.js'
import { guard, isPromiseLike } from '../guard.js'
import type { Directive } from '../outcome.js'
import { Holdings } from '../tables/holdings.js'
import type { KeptTable } from '../tables/table-write.js'
import { copyEffects, type Effects } from '../worker/effects.js'
import { InlineWorker } from '../worker/inline-worker.js'
import type { Birth } from '../worker/life.js'
import type { Program } from '../worker/program.js'
import type { Ref } from '../ref.js'
import type { Completion, From, Message } from '../worker/worker.js'
import type { Border } from './border.js'
import type { Stores } from './contexts.js'
import type { Birthright, Done, Entries, Order, PortableEffects, State } from './frames.js'
import type { Host } from './host.js'
import { PutOff } from './put-off.js'
import { RemoteRef } from './remote-ref.js'
import { endsRun } from './word.js'

type Run = Extract<Order, { op: 'run' }>

/** What a worker of this thread is to one on the main side: its orders come from there, what it completes goes there. */
export class HostedLife implements Birth {
  readonly server: string
  readonly name: string
  readonly key: string | undefined
  readonly worker: number
  readonly restarts: number
  readonly cause: ExitReason | undefined
  readonly self: Ref
  readonly holdings: Holdings

  private readonly inline: InlineWorker
  private state: unknown = undefined
  private readonly putOff = new PutOff()
  private turns = 0
  /** Messages that wait for the one that is handled. */
  private queue: Run[] = []
  private epoch = 0
  private isBusy = false
  /** How many of its handlers run: one, and those that were left behind. */
  private running = 0
  private isDisposed = false

  constructor(
    private readonly host: Host,
    private readonly life: number,
    birth: Birthright,
    private readonly program: Program,
    readonly border: Border,
  ) {
    const { server, name, key, worker, restarts, cause, tables, dictionary } = birth
    this.server = server
    this.name = name
    this.key = key
    this.worker = worker
    this.restarts = restarts
    this.cause = cause && (this.border.caught(cause) as ExitReason)
    this.self = new RemoteRef(host, { name, key })
    this.holdings = new Holdings(server, program.data)
    this.holdings.load(
      tables.map(table => this.stored(table)),
      dictionary,
    )
    this.inline = new InlineWorker(program, this)
  }

  obey(order: Exclude<Order, { op: 'ping' | 'close' | 'born' | 'answer' }>): void {
    const { border, inline } = this
    switch (order.op) {
      case 'init':
        this.turn(
          () => this.program.data.keep(order.arg),
          arg => inline.init(arg, order.restart),
        )
        return
      case 'run':
        if (order.epoch < this.epoch) return // it came too late: the other side knows that it is dropped
        this.queue.push(order)
        this.next()
        return
      case 'codeChange':
        this.turn(
          () => this.given(order.state),
          state => inline.codeChange(state, order.from, border.in(order.extra)),
        )
        return
      case 'terminate': {
        const [state, reason] = [this.given(order.state), border.caught(order.reason) as ExitReason]
        const said = this.inside(() => inline.terminate(state, reason))
        Promise.resolve(said).then(
          () => {
            this.host.send({ op: 'over', life: this.life })
          },
          (error: unknown) => {
            this.host.send({ op: 'over', life: this.life, error: this.border.thrown(error) })
          },
        )
        return
      }
      case 'halt':
        this.halt()
        return
      case 'exit':
        this.halt()
        inline.exit(border.caught(order.reason) as ExitReason)
        return
      case 'dispose':
        inline.dispose()
        this.isDisposed = true
        this.mayGo()
        return
      case 'afterCommit':
        this.committed(order.turn)
    }
  }

  nextId(): string {
    return this.host.nextId()
  }

  perform(effects: Effects): void {
    const copy = copyEffects(effects, value => this.program.data.copy(value))
    this.host.send({ op: 'perform', life: this.life, effects: this.portable(copy) })
  }

  report(where: string, error: unknown): void {
    this.host.send({ op: 'error', life: this.life, where, error: this.border.thrown(error) })
  }

  /** Nobody takes the life of a worker from here. */
  lost(): void {
    throw new Error('a hosted life is lost with its place')
  }

  // One after the other. Those that were sent before their turn have it now.
  private next(): void {
    while (!this.isBusy) {
      const order = this.queue.shift()
      if (order === undefined) return
      this.turn(
        () => this.given(order.state),
        state => this.inline.run(this.message(order), state),
        order.stores,
      )
    }
  }

  private message({ kind, name, payload, reminder, awaited }: Run): Message {
    return {
      kind,
      name,
      payload: this.border.in(payload),
      reminder,
      awaited,
      from: awaited ? this.token() : nobody,
    }
  }

  // Made here when it is asked for, so that nobody has to know whether it will be.
  private token(): () => From {
    let from: From | undefined
    return () => (from ??= this.known({ server: this.server, id: this.host.nextId() }))
  }

  private known(from: From): From {
    this.host.send({ op: 'known', life: this.life, id: from.id })
    return from
  }

  /** What it has not begun is not handled here. */
  private drop(): void {
    this.epoch += 1
    this.queue = []
  }

  private halt(): void {
    this.drop()
    this.host.send({ op: 'halted', life: this.life, isBusy: this.isBusy })
  }

  private given(state: State | undefined): unknown {
    if (state !== undefined) this.state = this.program.data.keep(state[0])
    return this.state
  }

  private inside<T>(work: () => T, stores?: Stores): T {
    return this.host.inside(this.life, this.turns, work, stores)
  }

  private turn(
    begin: () => unknown,
    run: (base: unknown) => Completion | Promise<Completion>,
    stores?: Stores,
  ): void {
    let base: unknown
    const done = (completion: Completion): void => {
      this.done(base, completion, stores)
    }
    const crash = (error: unknown): void => {
      this.crash(error)
    }
    this.running += 1
    this.isBusy = true
    this.host.flush() // it may be the last thing that happens here
    this.turns += 1
    try {
      base = begin()
      const completion = this.inside(() => run(base), stores)
      if (!isPromiseLike(completion)) {
        done(completion)
        return
      }
      this.host.send({ op: 'awaits', life: this.life })
      void completion
        .then(done)
        .then(undefined, crash)
        .then(() => {
          this.next()
        })
    } catch (error) {
      crash(error)
    }
  }

  private done(base: unknown, completion: Completion, stores: Stores | undefined): void {
    const { answer, value, directive, stop, effects, writes, state } = completion
    const { border, life, holdings } = this
    const patches = Object.is(state, base) ? undefined : diff(base, state)
    // What crosses is what the main side makes of it, so that both have the same.
    this.state = patches === undefined ? base : state
    const done: Done = {
      answer,
      value: answer === 'refuse' ? border.thrown(value) : border.out(value),
      patches,
      directive: directive && this.directive(directive),
      stop: stop && (border.thrown(stop) as ExitReason),
      effects: effects && this.portable(effects, stores),
      writes: writes && {
        ...writes,
        dictionary: writes.dictionary && diff(holdings.dictionary, writes.dictionary),
      },
    }
    if (endsRun(completion)) this.drop()
    this.host.send({ op: 'done', life, done })
    if (writes !== undefined) holdings.confirm(writes, false)
    this.ended()
  }

  private ended(): void {
    this.running -= 1
    this.isBusy = false
    this.mayGo()
  }

  // What was left behind may still have something to say.
  private mayGo(): void {
    if (this.isDisposed && this.running === 0) this.host.bury(this.life)
  }

  private committed(turn: number): void {
    const report = (error: unknown): void => {
      this.report('afterCommit', error)
    }
    const { works, stores } = this.putOff.take(turn)
    for (const work of works) guard(() => this.host.inside(this.life, -turn, work, stores), report)
    this.host.send({ op: 'committed', life: this.life, turn })
  }

  // The next state, which may stand beside it, crosses as patches.
  private directive({ continue: step, timeout, hibernate }: Directive): Directive {
    return this.border.out({
      ...(step !== undefined && { continue: step }),
      ...(timeout !== undefined && { timeout }),
      ...(hibernate !== undefined && { hibernate }),
    }) as Directive
  }

  private crash(error: unknown): void {
    this.drop()
    this.host.send({ op: 'crashed', life: this.life, error: this.border.thrown(error) })
    this.ended()
  }

  private portable({ afterCommit, ...effects }: Effects, stores?: Stores): PortableEffects {
    const turn = this.putOff.add(afterCommit, stores)
    return { ...(this.border.out(effects) as Omit<Effects, 'afterCommit'>), afterCommit: turn }
  }

  private stored(table: Omit<KeptTable, 'entries'>): KeptTable {
    const ask = () => this.inside(() => this.host.ask({ to: 'table', table: table.name }))
    const read = async function* (): AsyncGenerator<readonly [unknown, unknown]> {
      yield* (await ask()) as Entries
    }
    return { ...table, entries: { [Symbol.asyncIterator]: read } }
  }
}

const nobody = (): undefined => undefined
