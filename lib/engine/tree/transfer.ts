import { BadOptionError, ServerClosingError, ServerNotStartedError } from '../errors.js'
import { textOf } from '../exit.js'
import type { Server } from '../server/server.js'
import { done } from '../promptly.js'
import { NotAChildError } from '../supervisor/errors.js'
import { Slot } from '../supervisor/slot.js'
import type { Supervisor } from '../supervisor/supervisor.js'
import type { Surroundings } from '../surroundings.js'
import type { NamedSupervisor } from './named-supervisor.js'
import type { Places } from './places.js'

/** The supervisors of the tree; `undefined` is the root. */
export interface Trunk {
  has(name: string): boolean
  /** Throws `NoSuchSupervisorError`. */
  named(name: string): NamedSupervisor | undefined
  /** Throws `NoSuchSupervisorError`, `SupervisorDownError`. */
  running(name: string): NamedSupervisor
  supervisorOf(named: NamedSupervisor | undefined): Supervisor
}

/** A server that is to move. */
interface Move {
  readonly server: Server
  readonly from: NamedSupervisor | undefined
  readonly to: NamedSupervisor | undefined
}

/**
 * Moves servers from one supervisor to another. One that runs goes on running: its slot is handed over in one step, with the branch that fills
 * it, so that at any moment it is one supervisor's and no other's. What is just being started or ended is not to be handed over, for its
 * supervisor counts on finding it where it was: a move waits for that, and looks again.
 */
export class Transfers {
  constructor(
    private readonly surroundings: Surroundings,
    private readonly trunk: Trunk,
    private readonly places: Places,
  ) {}

  async transfer(name: string, from: string, to: string): Promise<void> {
    for (;;) {
      await this.quiet()
      const move = this.check(name, from, to)
      if (move.from === move.to) return
      const underway = this.underway(move)
      if (underway === undefined) {
        this.handOver(move)
        this.surroundings.emit({ type: 'moved', server: name, from, to })
        return
      }
      await underway.then(done, done) // whoever asked for it is told
    }
  }

  // When the event loop has had its turn, nothing is half-way but what waits for something outside: and that is to be seen.
  private quiet(): Promise<void> {
    return new Promise(resolve => {
      this.surroundings.clock.yield(resolve)
    })
  }

  private check(name: string, fromName: string, toName: string): Move {
    const { intake, registry } = this.surroundings
    if (intake.refuses()) throw new ServerClosingError(name)
    const isKeyed = registry.family(textOf(name).split('/', 1)[0] as string) !== undefined
    if (isKeyed || this.trunk.has(name))
      throw new BadOptionError('transfer', 'name', name, 'the name of a server that is not keyed')
    const server = registry.get(name)
    if (server === undefined) throw registry.missing(name)
    const [from, to] = [this.trunk.named(fromName), this.trunk.named(toName)]
    const actual = this.places.of(server)?.supervisor
    if (actual !== from) throw new NotAChildError(name, fromName, this.trunk.supervisorOf(actual).name)
    return { server, from, to }
  }

  /** What has to come to its end first, if anything. */
  private underway({ server, from, to }: Move): PromiseLike<unknown> | undefined {
    const { hasEnded } = server.home
    const source = this.trunk.supervisorOf(from)
    return (
      underwayWith(source, this.places.idOf(server), hasEnded) ??
      underwayIn(source) ??
      (hasEnded ? this.underwayAbove(from) : undefined) ?? // it may come back with its supervisor
      this.underwayAbove(to)
    )
  }

  /** A supervisor that is being started or ended, by itself or with those above it. */
  private underwayAbove(named: NamedSupervisor | undefined): PromiseLike<unknown> | undefined {
    const supervisor = this.trunk.supervisorOf(named)
    if (named === undefined) return underwayIn(supervisor)
    return (
      underwayIn(supervisor) ??
      underwayWith(this.trunk.supervisorOf(named.parent), named.name, !named.isRunning) ??
      this.underwayAbove(named.parent)
    )
  }

  // All that can fail comes before the first change.
  private handOver({ server, from, to }: Move): void {
    const { home, name } = server
    if (home.status === 'new') throw new ServerNotStartedError(name)
    const [source, target] = [this.trunk.supervisorOf(from), this.trunk.supervisorOf(to)]
    const id = this.places.idOf(server)
    const slot = source.slots.get(id)
    if (slot === undefined && !home.hasEnded) throw new NotAChildError(name, source.name, undefined)
    const place =
      to === undefined
        ? undefined
        : {
            supervisor: this.trunk.running(to.name),
            id,
            significant: this.places.of(server)?.significant ?? false,
            own: false,
          }
    if (place !== undefined) this.places.checkFree(place)
    const seat = this.places.seatOf(server, place)
    // A temporary child is forgotten when it ends: its place alone tells where it starts again.
    if (slot?.status !== 'running' && seat.restart === 'temporary') source.drop(slot)
    else target.adopt(slot ?? new Slot(seat), source, seat)
    this.places.set(server, place)
  }
}

/** What is under way with a child, or will be when its supervisor has heard that it ended. */
const underwayWith = (
  supervisor: Supervisor,
  id: string,
  hasEnded: boolean,
): PromiseLike<unknown> | undefined => {
  const slot = supervisor.slots.get(id)
  const isToCome = slot?.status === 'restarting' || (slot?.status === 'running' && hasEnded)
  return slot?.underway ?? (isToCome ? next(supervisor) : undefined)
}

/** What a supervisor is doing with all its children, or may be. */
const underwayIn = (supervisor: Supervisor): PromiseLike<unknown> | undefined =>
  supervisor.isBusy ? next(supervisor) : undefined

/** It waits for one of its children, and whatever it does next, it does then. */
const next = ({ slots }: Supervisor): Promise<unknown> => {
  const underway = slots.inOrder().flatMap(slot => slot.underway ?? [])
  return underway.length === 0 ? Promise.resolve() : Promise.race(underway)
}
