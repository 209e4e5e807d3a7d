import type { Child, Exited, Shutdown } from '../child-spec.js'
import { ServerStoppedError, type PeeperError } from '../errors.js'
import { crashOf, type ExitReason } from '../exit.js'
import { Envelope } from '../mailbox/envelope.js'
import type { Prompt } from '../promptly.js'
import type { Ref } from '../ref.js'
import type { Blueprint } from '../server/blueprints.js'
import type { Home } from '../server/home.js'
import type { Residence } from '../server/residence.js'
import { Server } from '../server/server.js'
import { undeliver } from '../server/undelivered.js'
import { within } from '../within.js'
import { Member } from './member.js'
import { Order } from './order.js'
import type { Residents } from './residents.js'
import type { Resting } from './rest.js'

/** How a life ends whose server leaves memory. */
export const PASSIVATED: ExitReason = { shutdown: 'passivated' }

/** The stay of one keyed server in memory: from its first message until it has gone, and nothing waits for it. */
export class Resident implements Child, Resting, Residence {
  isResting = false
  restsSince = 0
  /** Does it have one of the places? */
  hasPlace = false
  /** Is it about to give up its place? */
  isPassivating = false

  readonly self: Ref
  readonly server: Server
  readonly home: Home
  private readonly orders: Order[] = []
  /** The order that no message has come after. */
  private newest: Order | undefined = undefined
  /** Its branch ends, or has ended; what comes meanwhile waits for its next life. */
  private leaving: 'by order' | 'by itself' | undefined = undefined
  /** How many messages it has got, and how many of them were taken when this life began. */
  private came = 0
  private taken = 0
  private awaitsKeeper = false

  constructor(
    private readonly residents: Residents,
    readonly key: string,
  ) {
    this.self = new Member(residents, key)
    const { environment, options } = residents.household
    this.server = new Server(environment, options, this)
    this.home = this.server.home
    this.home.status = residents.absent
  }

  get blueprint(): Blueprint {
    return this.residents.household.blueprint
  }

  // ---- coming

  refusal(): PeeperError | undefined {
    return this.residents.knows(this) ? undefined : this.residents.refusal()
  }

  arrived(): void {
    this.came += 1
    this.newest = undefined
    if (this.isResting) this.residents.rouse(this)
    else if (!this.residents.knows(this)) this.residents.enter(this)
  }

  start(exited: Exited): Prompt<void> {
    let hasExited = false
    this.taken = this.takenByNow
    return this.home.branch.start(reason => {
      if (hasExited) return
      hasExited = true
      exited(reason)
      if (this.leaving !== undefined) this.gone()
    })
  }

  /** It could not start. */
  failed(error: unknown): void {
    const { home } = this
    if (!home.hasEnded) home.close('down', crashOf(error))
  }

  // ---- being idle

  reconsider(): void {
    const { isIdle } = this
    if (isIdle === this.isResting) return
    if (isIdle) this.residents.rest(this)
    else this.residents.rouse(this)
  }

  /** It is idle, and goes. */
  passivate(): void {
    this.residents.rouse(this)
    this.isPassivating = true
    this.residents.passivating += 1
    this.order(PASSIVATED)
  }

  private get isIdle(): boolean {
    const { home } = this
    return home.life?.isAtRest === true && !home.owesReplies && this.isKept
  }

  // What is on its way to the keeper keeps it busy; it is asked again when that has arrived.
  private get isKept(): boolean {
    const onItsWay = this.awaitsKeeper ? undefined : this.home.commits.idle()
    if (onItsWay === undefined) return !this.awaitsKeeper
    this.awaitsKeeper = true
    void onItsWay.then(() => {
      this.awaitsKeeper = false
      this.reconsider()
    })
    return false
  }

  // ---- going

  /** Ends this life when all before is served, or after `timeout` ms: then what is before it is rejected. */
  async leave(reason: ExitReason, timeout: number, forgets: boolean): Promise<void> {
    const order = this.order(reason)
    order.forgets ||= forgets
    const carriedOut = order.carriedOut()
    if (this.home.awaitsStore) this.cutShort(order) // there is no saying when it would come to it
    const late = new StillBusy()
    try {
      await within(this.home.clock, timeout, carriedOut, () => late)
    } catch (error) {
      if (error !== late) throw error
      this.cutShort(order)
      await carriedOut
    }
  }

  /** It is not in memory, and its state goes. What comes meanwhile waits, and starts it anew. */
  erase(): Promise<void> {
    const order = new Order('normal', undefined, true)
    const carriedOut = order.carriedOut()
    this.orders.push((this.newest = order))
    this.home.status = 'stopping'
    this.leaving = 'by order'
    this.gone()
    return carriedOut
  }

  // Two orders in a row are one.
  private order(reason: ExitReason): Order {
    if (this.newest !== undefined) return this.newest
    const { home } = this
    const envelope = new Envelope(home, 'info', 'stop', undefined, undefined, { type: 'stop', reason })
    const order = new Order(reason, envelope, false)
    this.orders.push(order)
    if (home.status !== 'new') home.status = 'stopping'
    home.apart(() => {
      home.environment.deliver(envelope)
    })
    return (this.newest = order)
  }

  // All that is before this order in the mailbox is rejected, and earlier orders are carried out with it.
  private cutShort(order: Order): void {
    const { home } = this
    const at = this.orders.indexOf(order)
    if (at === -1 || (at === 0 && this.leaving === 'by order')) return // it is being carried out
    const stopped = new ServerStoppedError(home.address, order.reason)
    let isBefore = true
    undeliver(
      home,
      envelope => {
        const goes = isBefore
        if (envelope === order.envelope) isBefore = false
        return goes
      },
      () => stopped,
    )
    this.merge(at + 1)
    if (this.leaving !== undefined) return
    this.leaving = 'by order'
    if (this.hasPlace) void home.branch.end(order.reason)
    else this.gone()
  }

  // So many are carried out as one.
  private merge(count: number): void {
    const [first, ...rest] = this.orders.splice(0, count) as [Order, ...Order[]]
    first.include(rest)
    this.orders.unshift(first)
    if (this.newest !== undefined && rest.includes(this.newest)) this.newest = first
  }

  retires(): void {
    this.leaving = 'by order'
  }

  leaves(status: 'stopped' | 'down', reason: ExitReason): boolean {
    if (this.leaving === 'by itself') return true // told already
    if (this.leaving === undefined) {
      if (status === 'down' || !this.residents.isOpen || this.isStuck) return false
      this.leaving = 'by itself'
    }
    const { address: server, branch, environment } = this.home
    if (!environment.isWatched) return true
    environment.emit(
      reason === PASSIVATED
        ? { type: 'passivated', server, worker: branch.lives }
        : { type: 'stopped', server, reason },
    )
    return true
  }

  closed(): void {
    this.residents.lost(this)
    this.settleOrders()
  }

  stop(reason: ExitReason, shutdown: Shutdown): Prompt<void> {
    this.residents.rouse(this)
    return this.home.branch.stop(reason, shutdown)
  }

  /** It has gone from memory. */
  dropped(): void {
    const { home } = this
    home.status = 'stopped'
    home.release()
    this.settleOrders()
  }

  private get takenByNow(): number {
    return this.came - this.home.mailbox.size
  }

  // A life that ends before it takes a message would be followed by another of the same kind for ever.
  private get isStuck(): boolean {
    return this.home.mailbox.size > 0 && this.taken === this.takenByNow
  }

  // Its life has ended, by the first of its orders or by itself: no worker is left.
  private gone(): void {
    const { mailbox } = this.home
    if (this.leaving === 'by itself' && this.orders.length > 0 && this.orders.length === mailbox.size) {
      mailbox.remove(() => true) // all that is left to do is to go
      this.merge(this.orders.length)
      this.leaving = 'by order'
    }
    const order = this.leaving === 'by order' ? this.orders[0] : undefined
    if (order?.forgets !== true) this.left(order)
    else
      this.home.commits.reset().then(
        () => {
          this.left(order)
        },
        (error: unknown) => {
          order.failed(error)
          this.left(order)
        },
      )
  }

  private left(order: Order | undefined): void {
    this.leaving = undefined
    if (order !== undefined) this.orders.shift()
    if (this.newest === order) this.newest = undefined
    this.residents.left(this)
    order?.done()
  }

  // It ended before it came to these.
  private settleOrders(): void {
    for (const order of this.orders.splice(0))
      if (order.forgets)
        this.residents.forget(this.key).then(
          () => {
            order.done()
          },
          (error: unknown) => {
            order.failed(error)
          },
        )
      else order.done()
  }
}

class StillBusy extends Error {}
