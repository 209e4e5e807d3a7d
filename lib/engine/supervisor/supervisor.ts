import { untold, type Child, type ChildSpec, type Exited, type Shutdown } from '../child-spec.js'
import { AlreadyStartedError, BadOptionError, NoSuchServerError } from '../errors.js'
import { crashOf, isRestarted, type ExitReason } from '../exit.js'
import { guard } from '../guard.js'
import { done, promptly, type Prompt } from '../promptly.js'
import { DuplicateChildError, MaxChildrenError, RestartIntensityError } from './errors.js'
import { Exits, type Exit } from './exits.js'
import { admitRestart, limitsOf, recentRestarts } from './intensity.js'
import { Slot, type Seat, type Watcher } from './slot.js'
import { Slots, stopInReverse } from './slots.js'
import { restartGroup } from './strategy.js'
import type { ChildCount, ChildExit, ChildInfo, SupervisorOptions } from './supervision.js'

/**
 * Starts children in order, restarts those that end when they should not, ends them in reverse order. A supervisor is a child itself, so
 * trees grow to any depth. Follows OTP's `supervisor`, with one difference: a child that cannot start again takes its supervisor down at
 * once, for our children retry their start themselves.
 *
 * @example
 * const supervisor = new Supervisor({ name: 'top', clock: systemClock, strategy: 'rest_for_one', children: [a, b] })
 * await supervisor.start()
 */
export class Supervisor implements Child, Watcher {
  /** @internal */
  readonly slots = new Slots()
  private restarts: number[] | undefined = undefined
  private exits: Exits | undefined = undefined
  private state: 'new' | 'starting' | 'running' | 'stopping' | 'ended' = 'new'
  private exited: Exited = untold
  /** The children that it is about to start. Who is terminated meanwhile is none of them any more, and when it ends nobody is. */
  private due: Set<Slot> | undefined = undefined

  constructor(private readonly options: SupervisorOptions) {
    for (const spec of options.children ?? []) this.add(spec)
  }

  get name(): string {
    return this.options.name
  }

  /** @throws AlreadyStartedError while it runs: it can start again once it has ended. */
  async start(exited: Exited = untold): Promise<void> {
    await this.begin(exited)
  }

  async stop(reason: ExitReason = 'shutdown', shutdown: Shutdown = 'infinity'): Promise<void> {
    await this.finish(reason, shutdown)
  }

  /** @internal {@link start}, over at once if no child has to be waited for. */
  begin(exited: Exited): Prompt<void> {
    if (this.state !== 'new' && this.state !== 'ended') throw new AlreadyStartedError(this.name)
    this.exited = exited
    this.state = 'starting'
    this.restarts = this.exits = undefined
    const all = this.slots.inOrder()
    const due = (this.due = new Set(all))
    const isOn = (): boolean => this.due === due
    return promptly(
      () => this.slots.start(all, due, this, isOn),
      () => {
        if (!isOn()) return // stopped meanwhile
        this.due = undefined
        this.state = 'running'
        this.attend()
      },
      (error: unknown) => promptly(() => (isOn() ? this.end('shutdown') : undefined), failing(error)),
    )
  }

  /** @internal {@link stop}, over at once if no child has to be waited for. */
  finish(reason: ExitReason, shutdown: Shutdown): Prompt<void> {
    if (this.state === 'ended') return
    this.exited = untold
    return this.end(reason, shutdown === 'brutal_kill' ? shutdown : undefined)
  }

  /** Starts one more child, after the others. Throws `DuplicateChildError`, `MaxChildrenError`, and what its start throws. */
  async startChild(spec: ChildSpec): Promise<void> {
    await this.beginChild(spec)
  }

  /** @internal {@link startChild}, over at once if the child is. */
  beginChild(spec: ChildSpec): Prompt<void> {
    this.checkAlive()
    this.checkRoom()
    const slot = this.add(spec)
    const failed = (error: unknown): never => {
      this.drop(slot)
      throw error
    }
    return promptly(() => slot.start(this), done, failed)
  }

  /** Ends a child and keeps its specification, so that {@link restartChild} can start it again. A temporary one is forgotten. */
  async terminateChild(id: string, reason: ExitReason = 'shutdown'): Promise<void> {
    const slot = this.find(id)
    this.due?.delete(slot)
    await this.stopSlots([slot], reason)
    if (slot.restart === 'temporary' && slot.status === 'stopped') this.drop(slot) // nobody has started it again
  }

  /** Starts a child again that was terminated or ended. */
  async restartChild(id: string): Promise<void> {
    this.checkAlive()
    const slot = this.find(id)
    if (slot.status !== 'stopped') return
    this.checkRoom()
    await slot.start(this)
  }

  /** Forgets a child that does not run. */
  deleteChild(id: string): void {
    const slot = this.find(id)
    if (slot.status !== 'stopped')
      throw new BadOptionError(`supervisor '${this.name}'`, 'child', id, 'terminated before it is deleted')
    this.drop(slot)
  }

  /** @internal May a running child be anywhere in what it is doing now? */
  get isBusy(): boolean {
    const { state, exits } = this
    if (state !== 'running') return state === 'starting' || state === 'stopping'
    return exits?.isBusy === true && (this.options.strategy ?? 'one_for_one') !== 'one_for_one'
  }

  /** @internal Takes a child over, as it is, in one step: it is another's before and its own after. Throws as {@link startChild}. */
  adopt(slot: Slot, from: Supervisor, seat: Seat): void {
    this.checkAlive()
    this.checkFree(seat.id)
    if (slot.status !== 'stopped') this.checkRoom()
    from.drop(slot)
    slot.move(seat, this)
    this.slots.add(slot)
  }

  /** The children, in start order. */
  whichChildren(): ChildInfo[] {
    return this.slots.infos()
  }

  hasChild(id: string): boolean {
    return this.slots.get(id) !== undefined
  }

  countChildren(): ChildCount {
    return this.slots.count()
  }

  /** Restarts left in the window now. */
  get restartsLeft(): number {
    const { max, windowMs } = limitsOf(this.options)
    return max - recentRestarts(this.restarts ?? [], this.options.clock.now(), windowMs)
  }

  private add(spec: ChildSpec): Slot {
    this.checkFree(spec.id)
    const slot = new Slot(spec)
    this.slots.add(slot)
    return slot
  }

  private find(id: string): Slot {
    const slot = this.slots.get(id)
    if (slot === undefined) throw new NoSuchServerError(`${this.name} › ${id}`)
    return slot
  }

  /** @internal */
  drop(slot: Slot | undefined): void {
    if (slot !== undefined && this.slots.get(slot.id) === slot) this.slots.remove(slot)
  }

  private checkAlive(): void {
    if (this.state !== 'starting' && this.state !== 'running') throw new NoSuchServerError(this.name)
  }

  private checkFree(id: string): void {
    if (this.slots.get(id) !== undefined) throw new DuplicateChildError(this.name, id)
  }

  private checkRoom(): void {
    const { maxChildren = Infinity } = this.options
    if (maxChildren !== Infinity && this.slots.taken >= maxChildren)
      throw new MaxChildrenError(this.name, maxChildren)
  }

  /** @internal */
  childExited(slot: Slot, child: Child, reason: ExitReason): void {
    this.exits ??= new Exits(exit => this.handleExit(exit))
    this.exits.add({ slot, child, reason })
    this.attend()
  }

  private stopSlots(slots: readonly Slot[], reason: ExitReason, shutdown?: Shutdown): Prompt<void> {
    return stopInReverse(slots, reason, shutdown, (slot, error) => {
      this.tell(slot, crashOf(error), 'forget')
    })
  }

  private attend(): void {
    if (this.state === 'running') void this.exits?.handleAll()
  }

  private handleExit({ slot, child, reason }: Exit): Prompt<void> {
    if (this.state !== 'running' || slot.child !== child) return // ended meanwhile with its group
    slot.vacate()
    if (!isRestarted(slot.restart, reason)) {
      this.tell(slot, reason, 'forget')
      if (slot.restart === 'temporary') this.drop(slot)
      return this.endsWith(slot) ? this.giveUp('shutdown') : undefined
    }
    const { options } = this
    const { max, seconds, windowMs } = limitsOf(options)
    const isFree = options.isFree?.(reason) === true
    if (!isFree && !admitRestart((this.restarts ??= []), options.clock.now(), max, windowMs)) {
      this.tell(slot, reason, 'give up')
      return this.giveUp(new RestartIntensityError(this.name, max, seconds, reason))
    }
    this.tell(slot, reason, 'restart')
    return this.restart(slot)
  }

  private restart(failed: Slot): Prompt<void> {
    const group = restartGroup(this.options.strategy ?? 'one_for_one', this.slots, failed)
    // OTP: a temporary child is never restarted, not even by its siblings' death.
    const due = (this.due = new Set(group.filter(slot => slot === failed || slot.restart !== 'temporary')))
    const isOn = (): boolean => this.due === due
    failed.status = 'restarting'
    const others = group.filter(slot => slot !== failed)
    const started = (): void => {
      if (isOn()) this.due = undefined
    }
    const failedAgain = (error: unknown): Prompt<void> => {
      if (isOn()) return this.giveUp(crashOf(error))
    }
    return promptly(
      () => this.stopSlots(others, 'shutdown'),
      () => promptly(() => this.slots.start(group, due, this, isOn), started, failedAgain),
    )
  }

  private endsWith(slot: Slot): boolean {
    const { autoShutdown = 'never' } = this.options
    if (autoShutdown === 'never' || !slot.significant) return false
    return autoShutdown === 'any_significant' || this.slots.isSpent
  }

  private giveUp(reason: ExitReason): Prompt<void> {
    if (this.state !== 'running') return
    return promptly(
      () => this.end('shutdown'),
      () => {
        const exited: (reason: ExitReason) => unknown = this.exited // it may be async
        this.safely(() => exited(reason))
      },
    )
  }

  /** Ends all children. */
  private end(reason: ExitReason, shutdown?: Shutdown): Prompt<void> {
    this.state = 'stopping'
    this.due = undefined
    return promptly(
      () => this.stopSlots(this.slots.inOrder(), reason, shutdown),
      () => {
        this.state = 'ended'
      },
    )
  }

  private tell(slot: Slot, reason: ExitReason, then: ChildExit['then']): void {
    const { options } = this
    if (options.onChildExit === undefined) return
    const { restartsLeft } = this
    const exit: ChildExit = { supervisor: this.name, child: slot.id, reason, then, restartsLeft }
    this.safely(() => options.onChildExit?.(exit))
  }

  // Who hears of errors may fail too: there is nobody left to tell.
  private safely(run: () => unknown): void {
    guard(run, error => {
      guard(() => this.options.onError?.(error), done)
    })
  }
}

const failing = (error: unknown) => (): never => {
  throw error
}
