import { untold, type Child, type ChildSpec, type Exited, type Shutdown } from '../child-spec.js'
import { AlreadyStartedError, BadOptionError, NoSuchServerError } from '../errors.js'
import { crashOf, isRestarted, type ExitReason } from '../exit.js'
import { guard } from '../guard.js'
import { done, oneByOne, promptly, type Prompt } from '../promptly.js'
import { DuplicateChildError, MaxChildrenError, RestartIntensityError } from './errors.js'
import { Exits, type Exit } from './exits.js'
import { admitRestart, MAX_RESTARTS, MAX_SECONDS, recentRestarts } from './intensity.js'
import { Slot, type Watcher } from './slot.js'
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
  private readonly slots = new Slots()
  private restarts: number[] | undefined = undefined
  private exits: Exits | undefined = undefined
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
    this.restarts = undefined
    this.exits = undefined
    return promptly(
      () =>
        oneByOne(
          this.slots.inOrder(),
          slot => slot.start(this),
          () => this.state === 'starting',
        ),
      () => {
        if (this.state !== 'starting') return // stopped meanwhile
        this.state = 'running'
        this.attend()
      },
      (error: unknown) => {
        this.state = 'stopping'
        return promptly(
          () => this.stopSlots(this.slots.inOrder(), 'shutdown'),
          () => {
            this.state = 'ended'
            throw error
          },
        )
      },
    )
  }

  /** @internal {@link stop}, over at once if no child has to be waited for. */
  finish(reason: ExitReason, shutdown: Shutdown): Prompt<void> {
    if (this.state === 'ended') return
    this.state = 'stopping'
    this.exited = untold
    return promptly(
      () => this.stopSlots(this.slots.inOrder(), reason, shutdown === 'brutal_kill' ? shutdown : undefined),
      () => {
        this.state = 'ended'
      },
    )
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
    return promptly(
      () => slot.start(this),
      done,
      (error: unknown) => {
        this.drop(slot)
        throw error
      },
    )
  }

  /** Ends a child and keeps its specification, so that {@link restartChild} can start it again. A temporary one is forgotten. */
  async terminateChild(id: string, reason: ExitReason = 'shutdown'): Promise<void> {
    const slot = this.find(id)
    await this.stopSlots([slot], reason)
    if (slot.restart === 'temporary') this.drop(slot)
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
    const { maxRestarts = MAX_RESTARTS, maxSeconds = MAX_SECONDS, clock } = this.options
    return maxRestarts - recentRestarts(this.restarts ?? [], clock.now(), maxSeconds * 1_000)
  }

  private add(spec: ChildSpec): Slot {
    if (this.slots.get(spec.id) !== undefined) throw new DuplicateChildError(this.name, spec.id)
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

  private drop(slot: Slot): void {
    if (this.slots.get(slot.id) === slot) this.slots.remove(slot)
  }

  private checkAlive(): void {
    if (this.state !== 'starting' && this.state !== 'running') throw new NoSuchServerError(this.name)
  }

  private checkRoom(): void {
    const { maxChildren = Infinity } = this.options
    if (maxChildren === Infinity) return
    if (this.slots.inOrder().filter(({ status }) => status !== 'stopped').length >= maxChildren)
      throw new MaxChildrenError(this.name, maxChildren)
  }

  /** @internal */
  childExited(slot: Slot, child: Child, reason: ExitReason): void {
    this.exits ??= new Exits(exit => this.handleExit(exit))
    this.exits.add({ slot, child, reason })
    this.attend()
  }

  // A child whose end fails has ended all the same, and keeps no sibling from ending.
  private stopSlots(slots: readonly Slot[], reason: ExitReason, shutdown?: Shutdown): Prompt<void> {
    return oneByOne([...slots].reverse(), slot =>
      promptly(
        () => slot.stop(reason, shutdown),
        done,
        (error: unknown) => {
          this.tell(slot, crashOf(error), 'forget')
        },
      ),
    )
  }

  private attend(): void {
    if (this.state === 'running') void this.exits?.handleAll()
  }

  private handleExit({ slot, child, reason }: Exit): Prompt<void> {
    if (this.state !== 'running' || slot.child !== child) return // ended meanwhile with its group
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

  private restart(failed: Slot): Prompt<void> {
    const group = restartGroup(this.options.strategy ?? 'one_for_one', this.slots, failed)
    failed.status = 'restarting'
    const others = group.filter(slot => slot !== failed)
    const start = (slot: Slot): Prompt<void> => {
      // OTP: a temporary child is never restarted, not even by its siblings' death.
      if (slot !== failed && slot.restart === 'temporary') this.drop(slot)
      else return slot.start(this)
    }
    const startAll = (): Prompt<void> => oneByOne(group, start, () => this.state === 'running')
    return promptly(
      () => this.stopSlots(others, 'shutdown'),
      () => promptly(startAll, done, (error: unknown) => this.giveUp(crashOf(error))),
    )
  }

  private endsWith(slot: Slot): boolean {
    const { autoShutdown = 'never' } = this.options
    if (autoShutdown === 'never' || !slot.significant) return false
    return (
      autoShutdown === 'any_significant' ||
      this.slots.inOrder().every(({ significant, status }) => !significant || status === 'stopped')
    )
  }

  private giveUp(reason: ExitReason): Prompt<void> {
    if (this.state !== 'running') return
    this.state = 'stopping'
    return promptly(
      () => this.stopSlots(this.slots.inOrder(), 'shutdown'),
      () => {
        this.state = 'ended'
        const exited: (reason: ExitReason) => unknown = this.exited // it may be async
        guard(
          () => exited(reason),
          error => {
            this.failed(error)
          },
        )
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
