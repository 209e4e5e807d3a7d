import type { Child, ChildSpec, Exited, Shutdown } from '../child-spec.js'
import { isExpected, isRestarted, crashOf, type ExitReason, type Restart } from '../exit.js'
import { promptly, type Prompt } from '../promptly.js'
import type { SupervisorOptions } from '../supervisor/supervision.js'
import { Supervisor } from '../supervisor/supervisor.js'

/** How it supervises, and how it is supervised. */
export interface NamedSupervisorOptions extends Omit<SupervisorOptions, 'children'> {
  readonly restart: Restart
  readonly significant: boolean
}

/** What a named supervisor tells the tree. */
export interface Grove {
  started(supervisor: NamedSupervisor): void
  /** It was ended, or ended itself as it should. */
  stopped(supervisor: NamedSupervisor, reason: ExitReason): void
  /** It gave up. `forGood`: nobody will restart it. */
  gaveUp(supervisor: NamedSupervisor, reason: ExitReason, forGood: boolean): void
}

/** A supervisor with a name and a place in the tree. It keeps its children's specifications when it ends, so it comes back with all of them. */
export class NamedSupervisor implements Child {
  status: 'new' | 'starting' | 'running' | 'stopped' | 'down' = 'new'
  /** Why it ended last. */
  reason: ExitReason = 'shutdown'

  readonly name: string
  readonly supervisor: Supervisor
  private readonly restart: Restart
  private readonly significant: boolean

  constructor(
    { restart, significant, ...options }: NamedSupervisorOptions,
    /** Under the root if there is none. */
    readonly parent: NamedSupervisor | undefined,
    private readonly grove: Grove,
    children: (self: NamedSupervisor) => readonly ChildSpec[],
  ) {
    this.name = options.name
    this.restart = restart
    this.significant = significant
    this.supervisor = new Supervisor({ ...options, children: children(this) })
  }

  get isRunning(): boolean {
    return this.status === 'running' || this.status === 'starting'
  }

  /** As a child of its parent. */
  get spec(): ChildSpec {
    const { name, parent, restart, significant } = this
    return {
      id: name,
      restart: parent === undefined ? 'temporary' : restart,
      significant: parent !== undefined && significant,
      type: 'supervisor',
      create: () => lifeOf(this),
    }
  }

  start(exited: Exited): Prompt<void> {
    this.status = 'starting'
    const gaveUp = (reason: ExitReason): void => {
      this.exited(reason)
      exited(reason)
    }
    return promptly(
      () => this.supervisor.begin(gaveUp),
      () => {
        if (this.status !== 'starting') return // stopped meanwhile
        this.status = 'running'
        this.grove.started(this)
      },
      (error: unknown) => {
        this.end('down', crashOf(error))
        throw error
      },
    )
  }

  stop(reason: ExitReason, shutdown: Shutdown): Prompt<void> {
    return promptly(
      () => this.supervisor.finish(reason, shutdown),
      () => {
        if (this.isRunning) this.end('stopped', reason)
      },
    )
  }

  private exited(reason: ExitReason): void {
    this.end(isExpected(reason) ? 'stopped' : 'down', reason)
  }

  private end(status: 'stopped' | 'down', reason: ExitReason): void {
    this.status = status
    this.reason = reason
    if (status === 'stopped') this.grove.stopped(this, reason)
    else this.grove.gaveUp(this, reason, !isRestarted(this.spec.restart ?? 'permanent', reason))
  }
}

/** One life of what lives more than once: its supervisor tells an end of this one from an end of the next. */
export const lifeOf = (child: Child): Child => ({
  start: exited => child.start(exited),
  stop: (reason, shutdown) => child.stop(reason, shutdown),
})
