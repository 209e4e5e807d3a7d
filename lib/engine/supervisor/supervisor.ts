import { untold, type Child, type ChildSpec, type Exited, type Shutdown } from '../child-spec.js'
import { AlreadyStartedError, BadOptionError, NoSuchServerError } from '../errors.js'
import { crashOf, isRestarted, type ExitReason } from '../exit.js'
import { guard } from '../guard.js'
import { DuplicateChildError, MaxChildrenError, RestartIntensityError } from './errors.js'
import { admitRestart, MAX_RESTARTS, MAX_SECONDS, recentRestarts } from './intensity.js'
import { Slot, type Seat, type Watcher } from './slot.js'
import { Slots } from './slots.js'
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
  private exits: { slot: Slot; child: Child; reason: ExitReason }[] | undefined = undefined
  private handlingExits = false
  private state: 'new' | 'starting' | 'running' | 'stopping' | 'ended' = 'new'
  private exited: Exited = untold

  constructor(private readonly options: SupervisorOptions) {
    for (const spec of options.children ?? []) this.add(spec)
  }

  get name(): string {
    return this.options.name
  }

  /** @throws AlreadyStartedError while it runs: it can start again once it has ended. */
  async start(exited: Exited = untold): Promise<void> {
    if (this.state !== 'new' && this.state !== 'ended') throw new AlreadyStartedError(this.name)
    this.exited = exited
    this.state = 'starting'
    this.restarts = this.exits = undefined
    for (const slot of this.slots.inOrder()) {
      if (this.slots.get(slot.id) !== slot) continue // forgotten meanwhile
      try {
        await slot.start(this)
      } catch (error) {
        this.state = 'stopping'
        await this.stopSlots(this.slots.inOrder(), 'shutdown')
        this.state = 'ended'
        throw error
      }
      if (this.state !== 'starting') return // stopped meanwhile
    }
    this.state = 'running'
    this.attend()
  }

  async stop(reason: ExitReason = 'shutdown', shutdown: Shutdown = 'infinity'): Promise<void> {
    if (this.state === 'ended') return
    this.state = 'stopping'
    this.exited = untold
    await this.stopSlots(this.slots.inOrder(), reason, shutdown === 'brutal_kill' ? shutdown : undefined)
    this.state = 'ended'
  }

  /** Starts one more child, after the others. Throws `DuplicateChildError`, `MaxChildrenError`, and what its start throws. */
  async startChild(spec: ChildSpec): Promise<void> {
    this.checkAlive()
    this.checkRoom()
    const slot = this.add(spec)
    try {
      await slot.start(this)
    } catch (error) {
      this.drop(slot)
      throw error
    }
  }

  /** Ends a child and keeps its specification, so that {@link restartChild} can start it again. A temporary one is forgotten. */
  async terminateChild(id: string, reason: ExitReason = 'shutdown'): Promise<void> {
    const slot = this.find(id)
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
    const { state, handlingExits } = this
    if (state !== 'running') return state === 'starting' || state === 'stopping'
    return handlingExits && (this.options.strategy ?? 'one_for_one') !== 'one_for_one'
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
    return this.slots.inOrder().map(({ id, type, status, child }) => ({ id, type, status, child }))
  }

  hasChild(id: string): boolean {
    return this.slots.get(id) !== undefined
  }

  countChildren(): ChildCount {
    return this.slots.count()
  }

  /** Restarts left in the window now. */
  get restartsLeft(): number {
    const { maxRestarts = MAX_RESTARTS, maxSeconds = MAX_SECONDS, clock } = this.options
    return maxRestarts - recentRestarts(this.restarts ?? [], clock.now(), maxSeconds * 1_000)
  }

  private add(spec: ChildSpec): Slot {
    this.checkFree(spec.id)
    const slot = new Slot(spec)
    if (slot.significant && slot.restart === 'permanent')
      throw new BadOptionError(
        `child '${spec.id}'`,
        'significant',
        true,
        'false for a permanent child: it never ends for good',
      )
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
    if (maxChildren === Infinity) return
    if (this.slots.inOrder().filter(({ status }) => status !== 'stopped').length >= maxChildren)
      throw new MaxChildrenError(this.name, maxChildren)
  }

  /** @internal */
  childExited(slot: Slot, child: Child, reason: ExitReason): void {
    this.exits ??= []
    this.exits.push({ slot, child, reason })
    this.attend()
  }

  // A child whose end fails has ended all the same, and keeps no sibling from ending.
  private async stopSlots(slots: readonly Slot[], reason: ExitReason, shutdown?: Shutdown): Promise<void> {
    for (const slot of [...slots].reverse()) {
      try {
        await slot.stop(reason, shutdown)
      } catch (error) {
        this.tell(slot, crashOf(error), 'forget')
      }
    }
  }

  private attend(): void {
    if (this.state === 'running' && !this.handlingExits) void this.handleExits()
  }

  // One exit at a time, as in OTP, where a supervisor is a process itself.
  private async handleExits(): Promise<void> {
    this.handlingExits = true
    try {
      for (let { exits } = this; exits !== undefined; exits = this.exits) {
        this.exits = undefined
        for (const { slot, child, reason } of exits) {
          if (this.state !== 'running' || slot.child !== child) continue // ended meanwhile with its group
          const done = this.handleExit(slot, reason)
          if (done !== undefined) await done
        }
      }
    } finally {
      this.handlingExits = false
    }
  }

  private handleExit(slot: Slot, reason: ExitReason): Promise<void> | undefined {
    slot.child = undefined
    slot.status = 'stopped'
    if (!isRestarted(slot.restart, reason)) {
      this.tell(slot, reason, 'forget')
      if (slot.restart === 'temporary') this.drop(slot)
      return this.endsWith(slot) ? this.giveUp('shutdown') : undefined
    }
    const { maxRestarts = MAX_RESTARTS, maxSeconds = MAX_SECONDS, clock } = this.options
    if (!admitRestart((this.restarts ??= []), clock.now(), maxRestarts, maxSeconds * 1_000)) {
      this.tell(slot, reason, 'give up')
      return this.giveUp(new RestartIntensityError(this.name, maxRestarts, maxSeconds, reason))
    }
    this.tell(slot, reason, 'restart')
    return this.restart(slot)
  }

  private async restart(failed: Slot): Promise<void> {
    const group = restartGroup(this.options.strategy ?? 'one_for_one', this.slots, failed)
    failed.status = 'restarting'
    const others = group.filter(slot => slot !== failed)
    if (others.length > 0) await this.stopSlots(others, 'shutdown')
    for (const slot of group) {
      if (this.state !== 'running') return
      if (slot !== failed && slot.restart === 'temporary') {
        this.drop(slot) // OTP: a temporary child is never restarted, not even by its siblings' death
        continue
      }
      try {
        await slot.start(this)
      } catch (error) {
        await this.giveUp(crashOf(error))
        return
      }
    }
  }

  private endsWith(slot: Slot): boolean {
    const { autoShutdown = 'never' } = this.options
    if (autoShutdown === 'never' || !slot.significant) return false
    return (
      autoShutdown === 'any_significant' ||
      this.slots.inOrder().every(({ significant, status }) => !significant || status === 'stopped')
    )
  }

  private async giveUp(reason: ExitReason): Promise<void> {
    if (this.state !== 'running') return
    this.state = 'stopping'
    await this.stopSlots(this.slots.inOrder(), 'shutdown')
    this.state = 'ended'
    const exited: (reason: ExitReason) => unknown = this.exited // it may be async
    guard(
      () => exited(reason),
      error => {
        this.failed(error)
      },
    )
  }

  private tell(slot: Slot, reason: ExitReason, then: ChildExit['then']): void {
    const { options } = this
    if (options.onChildExit === undefined) return
    const { restartsLeft } = this
    const exit: ChildExit = { supervisor: this.name, child: slot.id, reason, then, restartsLeft }
    guard(
      () => options.onChildExit?.(exit),
      error => {
        this.failed(error)
      },
    )
  }

  // Who hears of errors may fail too: there is nobody left to tell.
  private failed(error: unknown): void {
    guard(
      () => this.options.onError?.(error),
      () => undefined,
    )
  }
}
