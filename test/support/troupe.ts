import { type Child, type ChildSpec, type ExitReason, type Exited, type Shutdown } from 'nestjs-peeper/engine'

/** Plain children for a supervisor: they write down when they start and stop, and end when a test says so. */
export class Troupe {
  readonly log: string[] = []
  /** The children of these ids fail to start. */
  readonly broken = new Set<string>()
  /** What the children of these ids do when they are stopped, besides writing it down. */
  readonly whenStopped = new Map<string, () => void | Promise<void>>()
  /** What the children of these ids wait for when they start. */
  readonly whenStarted = new Map<string, () => void | Promise<void>>()
  private readonly running = new Map<string, Exited>()

  spec(id: string, more: Partial<ChildSpec> = {}): ChildSpec {
    return { id, create: () => this.life(id), ...more }
  }

  specs(...ids: string[]): ChildSpec[] {
    return ids.map(id => this.spec(id))
  }

  /** The child ends by itself. */
  end(id: string, reason: ExitReason): void {
    const exited = this.running.get(id)
    if (exited === undefined) throw new Error(`'${id}' does not run`)
    this.running.delete(id)
    exited(reason)
  }

  get alive(): string[] {
    return [...this.running.keys()].sort()
  }

  /** What was written since the last look. */
  news(): string[] {
    return this.log.splice(0)
  }

  private life(id: string): Child {
    return {
      start: async exited => {
        this.log.push(`start ${id}`)
        await this.whenStarted.get(id)?.()
        if (this.broken.has(id)) throw new Error(`${id} is broken`)
        this.running.set(id, exited)
      },
      stop: async (reason: ExitReason, shutdown: Shutdown) => {
        this.log.push(`stop ${id} (${typeof reason === 'string' ? reason : 'other'}, ${shutdown})`)
        this.running.delete(id)
        await this.whenStopped.get(id)?.()
      },
    }
  }
}
