import {
  fullChildSpec,
  type AutoShutdown,
  type Child,
  type ChildSpec,
  type Exited,
  type Shutdown,
} from '../child-spec.js'
import { AlreadyStartedError, BadOptionError, NoSuchServerError } from '../errors.js'
import { crashOf, isRestarted, type ExitReason } from '../exit.js'
import { guard } from '../guard.js'
import { DuplicateChildError, RestartIntensityError } from './errors.js'
import { admitRestart, recentRestarts } from './intensity.js'
import { Slot } from './slot.js'
import { restartGroup, type Strategy } from './strategy.js'
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
export class Supervisor implements Child {
  private readonly slots = new Map<string, Slot>()
  private readonly strategy: Strategy
  private readonly maxRestarts: number
  private readonly maxSeconds: number
  private readonly autoShutdown: AutoShutdown
  private restarts: number[] = []
  private exits: { slot: Slot; child: Child; reason: ExitReason }[] = []
  private handlingExits = false
  private state: 'new' | 'starting' | 'running' | 'stopping' | 'ended' = 'new'
  private exited: Exited = () => undefined

  constructor(private readonly options: SupervisorOptions) {
    this.strategy = options.strategy ?? 'one_for_one'
    this.maxRestarts = options.maxRestarts ?? 1_000
    this.maxSeconds = options.maxSeconds ?? 10
    this.autoShutdown = options.autoShutdown ?? 'never'
    for (const spec of options.children ?? []) this.add(spec)
  }

  get name(): string {
    return this.options.name
  }

  /** @throws AlreadyStartedError while it runs: it can start again once it has ended. */
  async start(exited: Exited = () => undefined): Promise<void> {
    if (this.state !== 'new' && this.state !== 'ended') throw new AlreadyStartedError(this.name)
    this.exited = exited
    this.state = 'starting'
    this.restarts = []
    this.exits = []
    for (const slot of this.inOrder()) {
      try {
        await this.startSlot(slot)
      } catch (error) {
        this.state = 'stopping'
        await this.stopSlots(this.inOrder(), 'shutdown')
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
    this.exited = () => undefined
    await this.stopSlots(this.inOrder(), reason, shutdown === 'brutal_kill' ? shutdown : undefined)
    this.state = 'ended'
  }

  /** Starts one more child, after the others. */
  async startChild(spec: ChildSpec): Promise<void> {
    this.checkAlive()
    const slot = this.add(spec)
    try {
      await this.startSlot(slot)
    } catch (error) {
      this.drop(slot)
      throw error
    }
  }

  /** Ends a child and keeps its specification, so that {@link restartChild} can start it again. A temporary one is forgotten. */
  async terminateChild(id: string, reason: ExitReason = 'shutdown'): Promise<void> {
    const slot = this.find(id)
    await this.stopSlots([slot], reason)
    if (slot.spec.restart === 'temporary') this.drop(slot)
  }

  /** Starts a child again that was terminated or ended. */
  async restartChild(id: string): Promise<void> {
    this.checkAlive()
    const slot = this.find(id)
    if (slot.status === 'stopped') await this.startSlot(slot)
  }

  /** Forgets a child that does not run. */
  deleteChild(id: string): void {
    const slot = this.find(id)
    if (slot.status !== 'stopped')
      throw new BadOptionError(`supervisor '${this.name}'`, 'child', id, 'terminated before it is deleted')
    this.drop(slot)
  }

  /** The children, in start order. */
  whichChildren(): ChildInfo[] {
    return this.inOrder().map(({ spec, status, child }) => ({ id: spec.id, type: spec.type, status, child }))
  }

  hasChild(id: string): boolean {
    return this.slots.has(id)
  }

  countChildren(): ChildCount {
    const slots = this.inOrder()
    const supervisors = slots.filter(({ spec }) => spec.type === 'supervisor').length
    return {
      specs: slots.length,
      active: slots.filter(({ status }) => status === 'running').length,
      supervisors,
      workers: slots.length - supervisors,
    }
  }

  /** Restarts left in the window now. */
  get restartsLeft(): number {
    return this.maxRestarts - recentRestarts(this.restarts, this.options.clock.now(), this.maxSeconds * 1_000)
  }

  private inOrder(): Slot[] {
    return [...this.slots.values()]
  }

  private add(spec: ChildSpec): Slot {
    if (this.slots.has(spec.id)) throw new DuplicateChildError(this.name, spec.id)
    const slot = new Slot(fullChildSpec(spec))
    if (slot.spec.significant && slot.spec.restart === 'permanent')
      throw new BadOptionError(
        `child '${spec.id}'`,
        'significant',
        true,
        'false for a permanent child: it never ends for good',
      )
    this.slots.set(spec.id, slot)
    return slot
  }

  private find(id: string): Slot {
    const slot = this.slots.get(id)
    if (slot === undefined) throw new NoSuchServerError(`${this.name} › ${id}`)
    return slot
  }

  private drop(slot: Slot): void {
    if (this.slots.get(slot.spec.id) === slot) this.slots.delete(slot.spec.id)
  }

  private checkAlive(): void {
    if (this.state !== 'starting' && this.state !== 'running') throw new NoSuchServerError(this.name)
  }

  private startSlot(slot: Slot): Promise<void> {
    return slot.start((child, reason) => {
      this.exits.push({ slot, child, reason })
      this.attend()
    })
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
      for (let exit = this.exits.shift(); exit !== undefined; exit = this.exits.shift()) {
        if (this.state !== 'running' || exit.slot.child !== exit.child) continue // ended meanwhile with its group
        await this.handleExit(exit.slot, exit.reason)
      }
    } finally {
      this.handlingExits = false
    }
  }

  private async handleExit(slot: Slot, reason: ExitReason): Promise<void> {
    slot.child = undefined
    slot.status = 'stopped'
    if (!isRestarted(slot.spec.restart, reason)) {
      this.tell(slot, reason, 'forget')
      if (slot.spec.restart === 'temporary') this.drop(slot)
      if (this.endsWith(slot)) await this.giveUp('shutdown')
      return
    }
    const now = this.options.clock.now()
    if (!admitRestart(this.restarts, now, this.maxRestarts, this.maxSeconds * 1_000)) {
      this.tell(slot, reason, 'give up')
      await this.giveUp(new RestartIntensityError(this.name, this.maxRestarts, this.maxSeconds, reason))
      return
    }
    this.tell(slot, reason, 'restart')
    await this.restart(slot)
  }

  private async restart(failed: Slot): Promise<void> {
    const group = restartGroup(this.strategy, this.inOrder(), failed)
    failed.status = 'restarting'
    await this.stopSlots(
      group.filter(slot => slot !== failed),
      'shutdown',
    )
    for (const slot of group) {
      if (this.state !== 'running') return
      if (slot !== failed && slot.spec.restart === 'temporary') {
        this.drop(slot) // OTP: a temporary child is never restarted, not even by its siblings' death
        continue
      }
      try {
        await this.startSlot(slot)
      } catch (error) {
        await this.giveUp(crashOf(error))
        return
      }
    }
  }

  private endsWith(slot: Slot): boolean {
    if (this.autoShutdown === 'never' || !slot.spec.significant) return false
    return (
      this.autoShutdown === 'any_significant' ||
      this.inOrder().every(({ spec, status }) => !spec.significant || status === 'stopped')
    )
  }

  private async giveUp(reason: ExitReason): Promise<void> {
    if (this.state !== 'running') return
    this.state = 'stopping'
    await this.stopSlots(this.inOrder(), 'shutdown')
    this.state = 'ended'
    const exited: (reason: ExitReason) => unknown = this.exited // it may be async
    guard(() => exited(reason), this.failed)
  }

  private tell(slot: Slot, reason: ExitReason, then: ChildExit['then']): void {
    const { restartsLeft, options } = this
    const exit: ChildExit = { supervisor: this.name, child: slot.spec.id, reason, then, restartsLeft }
    guard(() => options.onChildExit?.(exit), this.failed)
  }

  // Who hears of errors may fail too: there is nobody left to tell.
  private readonly failed = (error: unknown): void => {
    guard(
      () => this.options.onError?.(error),
      () => undefined,
    )
  }
}
