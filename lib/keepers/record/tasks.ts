/** What is to be done that nobody waits for: a snapshot. */
export interface Task {
  /** No two of one name run at once. */
  readonly name: string
  readonly run: () => Promise<void>
}

/** Does what nobody waits for. */
export class Tasks {
  private readonly running = new Map<string, Promise<void>>()

  constructor(private readonly report: (error: Error) => void) {}

  get areRunning(): boolean {
    return this.running.size > 0
  }

  /** Unless it is being done; what it fails with is reported. */
  start({ name, run }: Task): void {
    if (this.running.has(name)) return
    const done = run().then(undefined, (error: unknown) => {
      this.report(error instanceof Error ? error : new Error(String(error)))
    })
    this.running.set(
      name,
      done.then(() => void this.running.delete(name)),
    )
  }

  /** Resolves once what runs now has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.running.values())
  }
}
