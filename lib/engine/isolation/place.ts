import { systemClock, type Timer } from '../clock.js'
import { BadOptionError } from '../errors.js'
import { within } from '../within.js'
import { done } from '../promptly.js'
import type { Birth } from '../worker/life.js'
import type { Program } from '../worker/program.js'
import { Data } from '../data/data.js'
import { Border } from './border.js'
import type { Contexts, Crossing, Stores } from './contexts.js'
import { Courier, delivered } from './courier.js'
import { Errands, type Surrounding } from './errands.js'
import { NoSuchTableError } from '../tables/errors.js'
import { WorkerLostError, type Loss } from './errors.js'
import type { Order, Report } from './frames.js'
import { Heartbeat } from './heartbeat.js'
import type { IsolatedWorker } from './isolated-worker.js'
import type { OpenSite, Site, Told } from './site/site.js'

/** ms that a place has for a sign of life when one was killed in it, and nothing else runs there. */
const GRACE = 250

/** ms that what runs in a place has to close what it holds. */
const CLOSING = 5_000

/** What shows that it goes on, whatever else it says. */
const PROGRESS = new Set<Report['op']>([
  'ready',
  'pong',
  'born',
  'done',
  'crashed',
  'committed',
  'over',
  'closed',
])

/** What a place is told when it opens. */
export interface PlaceOptions {
  /** For errors. */
  readonly kind: string
  readonly open: OpenSite
  /** ms; see `IsolationOptions`. */
  readonly deadline: number
  readonly bootTimeout: number
  readonly hosted: (name: string) => Program | undefined
  readonly surrounding: Surrounding
  readonly contexts: Contexts
  /** A handled message was answered. */
  readonly answered: () => void
  /** It has ended, or is to be killed: nobody lives in it any more. Told once, before those who lived in it are. */
  readonly gone: (place: Place, suspects: readonly string[]) => void
  /** The server that it is reserved for has answered. */
  readonly harmless: (place: Place) => void
  /** Nobody lives in it any more. */
  readonly empty: (place: Place) => void
}

/** A thread or a process that workers live in: what goes there and what comes from there. */
export class Place {
  private readonly workers = new Map<number, IsolatedWorker>()
  /** Those whose handlers run here. */
  private readonly busy = new Set<IsolatedWorker>()
  private readonly courier: Courier<Order>
  private readonly heartbeat: Heartbeat
  private readonly nobody: Errands
  private readonly crossing: Crossing
  private readonly site: Site
  private lives = 0
  /** How many live here. */
  load = 0
  private asks = 0
  /** What it said at its end: whose work ended it. */
  private culprit: number | undefined = undefined
  private readonly booting: Timer
  /** For one server alone, by its address. */
  reservedFor: string | undefined = undefined
  private hasClosed = done
  private readonly closed = new Promise<void>(resolve => (this.hasClosed = resolve))
  private isReady = false
  private isGone = false

  constructor(private readonly options: PlaceOptions) {
    const { kind, open, hosted, surrounding, contexts, deadline, bootTimeout } = options
    const border = new Border(new Data(), [], [])
    this.crossing = { border, report: surrounding.report }
    this.nobody = new Errands(surrounding, border, this.send)
    this.courier = new Courier((bytes, moved) => {
      if (!this.isGone) this.site.post(bytes, moved)
    }, kind !== 'process')
    this.heartbeat = new Heartbeat(
      deadline,
      () => this.isBusy,
      () => {
        this.courier.send({ op: 'ping' })
      },
      () => {
        this.end({ how: 'hung' })
      },
    )
    const told: Told = {
      came: (bytes, moved) => {
        for (const report of delivered(bytes, moved)) this.came(report as Report)
      },
      ended: loss => {
        this.end(loss)
      },
    }
    this.booting = systemClock.after(bootTimeout, () => {
      this.end({ how: 'hung' })
    })
    this.booting.hold(false)
    this.site = open(told, hosted, contexts)
  }

  get kind(): string {
    return this.options.kind
  }

  get surrounding(): Surrounding {
    return this.options.surrounding
  }

  get contexts(): Contexts {
    return this.options.contexts
  }

  /** Will it hear at once what it is told? */
  get isFree(): boolean {
    return this.isReady && !this.isBusy
  }

  /** One more lives here: its number. */
  take(worker: IsolatedWorker): number {
    this.workers.set((this.lives += 1), worker)
    this.load += 1
    return this.lives
  }

  /** Nothing more is asked of this one. If its handler runs, and none of another, it may run for ever. */
  doubt(worker: IsolatedWorker): void {
    if (this.isReady && !this.isGone && worker.owed.any && [...this.busy].every(({ isLeft }) => isLeft))
      this.heartbeat.within(GRACE)
  }

  /** One less, though what it left behind may still speak. */
  leave(worker: IsolatedWorker): void {
    this.load -= 1
    if (this.isGone) return
    this.send({ op: 'dispose', life: worker.life })
    if (this.load === 0) this.options.empty(this)
  }

  readonly send = (order: Order): void => {
    if (this.isGone) return
    this.courier.send(order)
    if (this.isReady) this.heartbeat.begin()
  }

  /** A handler of it is to run: when, in the order of all that are asked for. */
  asked(worker: IsolatedWorker): number {
    this.busy.add(worker)
    return (this.asks += 1)
  }

  answeredAll(worker: IsolatedWorker): void {
    this.busy.delete(worker)
  }

  /** Ends it, whatever it is doing, and with it all that lives here. */
  async kill(): Promise<void> {
    this.end({ how: 'closed' })
    await this.site.kill()
  }

  /** Ends it when what runs there has closed what it holds, or after a while. */
  async close(): Promise<void> {
    if (this.isReady && !this.isGone) {
      this.courier.send({ op: 'close' })
      await within(systemClock, CLOSING, this.closed, () => new Error('it does not close')).catch(done)
    }
    await this.kill()
  }

  /** A handled message of this server was answered: it has done no harm. */
  answered({ server }: Birth): void {
    if (this.reservedFor === server) this.options.harmless(this)
    this.options.answered()
  }

  private get isBusy(): boolean {
    return this.busy.size > 0
  }

  private end(loss: Loss): void {
    if (this.isGone) return
    this.isGone = true
    this.hasClosed()
    this.heartbeat.end()
    this.booting.cancel()
    const workers = [...this.workers.values()]
    const { kind, isReady } = this
    const ended = { kind, loss, isReady, suspects: [...new Set(this.suspects.map(({ server }) => server))] }
    this.workers.clear()
    this.busy.clear()
    this.options.gone(this, ended.suspects)
    for (const worker of workers) worker.lost(new WorkerLostError(worker.server, ended))
  }

  // It may have said it itself. Else it is the first that was asked and neither answered nor said that it awaits something; or one of those that do.
  private get suspects(): IsolatedWorker[] {
    if (this.culprit !== undefined) {
      const culprit = this.workers.get(this.culprit)
      return culprit === undefined ? [] : [culprit]
    }
    const busy = [...this.busy].filter(({ isLeft }) => !isLeft)
    const [first] = busy.filter(({ owed }) => !owed.isAwaited).sort((a, b) => a.owed.since - b.owed.since)
    return busy.filter(worker => worker.owed.isAwaited || worker === first)
  }

  // Nothing that it left behind runs any more.
  private gone(life: number): void {
    const worker = this.workers.get(life)
    this.workers.delete(life)
    if (worker !== undefined) this.busy.delete(worker)
  }

  private came(report: Report): void {
    try {
      this.heard(report)
    } catch (error) {
      this.surrounding.report(`what a ${this.kind} said`, error)
    }
  }

  private heard(report: Report): void {
    if (this.isGone) return
    if (PROGRESS.has(report.op)) this.heartbeat.heard()
    switch (report.op) {
      case 'ready':
        this.isReady = true
        this.booting.cancel()
        if (this.isBusy) this.heartbeat.begin()
        this.agree(report.contexts)
        return
      case 'pong':
        return
      case 'culprit':
        this.culprit = report.life
        return
      case 'closed':
        this.hasClosed()
        return
      case 'gone':
        this.gone(report.life)
        return
      default: {
        const worker = this.workers.get(report.life)
        if (worker !== undefined) worker.heard(report)
        else if (report.op === 'ask') void this.answer(report)
        else if (report.op === 'tell')
          this.inside(report.stores, () => {
            this.nobody.tell(report.telling)
          })
        else if (report.op === 'error')
          this.surrounding.report(report.where, this.crossing.border.caught(report.error))
      }
    }
  }

  private inside<T>(stores: Stores | undefined, work: () => T): T {
    const { surrounding, contexts, crossing } = this
    return surrounding.apart(() => contexts.inside(stores, crossing, work))
  }

  // One that a side does not know does not cross.
  private agree(contexts: readonly string[]): void {
    const [here, there] = [listed(this.contexts.names), listed(contexts)]
    if (here !== there)
      throw new BadOptionError('isolation', 'contexts', here, `what its entry file says: ${there}`)
  }

  // One that lives no more, or no server at all: the module, or a timer of it.
  private answer({ ask, asked, stores }: Extract<Report, { op: 'ask' }>): Promise<void> {
    const { nobody } = this
    return nobody.answer(ask, () => {
      if (asked.to === 'table') throw new NoSuchTableError('a server that has ended', asked.table)
      return this.inside(stores, () => nobody.call(asked))
    })
  }
}

const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'none'
    : [...names]
        .sort()
        .map(name => `'${name}'`)
        .join(', ')
