import { systemClock } from '../clock.js'
import { within } from '../within.js'
import { done } from '../promptly.js'
import type { Birth } from '../worker/life.js'
import type { Program } from '../worker/program.js'
import { Data } from '../data/data.js'
import { Border } from './border.js'
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

/** What a place is told when it opens. */
export interface PlaceOptions {
  /** For errors. */
  readonly kind: string
  readonly open: OpenSite
  /** ms; see `IsolationOptions`. */
  readonly deadline: number
  readonly hosted: (name: string) => Program | undefined
  readonly surrounding: Surrounding
  /** It is there now, and serves. */
  readonly ready: () => void
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
  private readonly courier: Courier<Order>
  private readonly heartbeat: Heartbeat
  private readonly nobody: Errands
  private readonly site: Site
  private lives = 0
  /** For one server alone, by its address. */
  reservedFor: string | undefined = undefined
  private hasClosed = done
  private readonly closed = new Promise<void>(resolve => (this.hasClosed = resolve))
  private isReady = false
  private isGone = false

  constructor(private readonly options: PlaceOptions) {
    const { open, hosted, surrounding, deadline } = options
    this.nobody = new Errands(surrounding, new Border(new Data(), [], []), order => {
      this.send(order)
    })
    this.courier = new Courier(bytes => {
      if (!this.isGone) this.site.post(bytes)
    })
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
      came: bytes => {
        this.heartbeat.heard()
        for (const report of delivered(bytes)) this.heard(report as Report)
      },
      ended: loss => {
        this.end(loss)
      },
    }
    this.site = open(told, hosted)
  }

  get kind(): string {
    return this.options.kind
  }

  get surrounding(): Surrounding {
    return this.options.surrounding
  }

  /** How many live here. */
  get load(): number {
    let load = 0
    for (const { isLeft } of this.workers.values()) if (!isLeft) load += 1
    return load
  }

  /** One more lives here: its number. */
  take(worker: IsolatedWorker): number {
    this.workers.set((this.lives += 1), worker)
    return this.lives
  }

  /** One less, though what it left behind may still speak. If its handler runs, and none of another, it may run for ever. */
  leave(worker: IsolatedWorker): void {
    this.send({ op: 'dispose', life: worker.life })
    if (worker.isBusy && this.busy.every(each => each.isLeft)) this.heartbeat.within(GRACE)
    if (this.load === 0) this.options.empty(this)
  }

  send(order: Order): void {
    this.courier.send(order)
    if (this.isReady) this.heartbeat.begin()
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
  }

  private get isBusy(): boolean {
    return this.busy.length > 0
  }

  /** Those whose handlers run here. */
  private get busy(): IsolatedWorker[] {
    return [...this.workers.values()].filter(({ isBusy }) => isBusy)
  }

  private end(loss: Loss): void {
    if (this.isGone) return
    this.isGone = true
    this.hasClosed()
    this.heartbeat.end()
    const workers = [...this.workers.values()]
    const suspects = [...new Set(this.busy.map(({ server }) => server))]
    this.workers.clear()
    this.options.gone(this, suspects)
    for (const worker of workers) worker.lost(new WorkerLostError(worker.server, this.kind, loss, suspects))
  }

  private heard(report: Report): void {
    if (this.isGone) return
    switch (report.op) {
      case 'ready':
        this.isReady = true
        if (this.isBusy) this.heartbeat.begin()
        this.options.ready()
        return
      case 'pong':
        return
      case 'closed':
        this.hasClosed()
        return
      case 'gone':
        this.workers.delete(report.life)
        return
      default: {
        const worker = this.workers.get(report.life)
        if (worker !== undefined) worker.heard(report)
        else if (report.op === 'ask') void this.answer(report)
        else if (report.op === 'tell') this.nobody.tell(report.telling)
      }
    }
  }

  // One that lives no more, or no server at all: the module, or a timer of it.
  private answer({ ask, asked }: Extract<Report, { op: 'ask' }>): Promise<void> {
    const { nobody } = this
    return nobody.answer(ask, () => {
      if (asked.to === 'table') throw new NoSuchTableError('a server that has ended', asked.table)
      return nobody.call(asked)
    })
  }
}
