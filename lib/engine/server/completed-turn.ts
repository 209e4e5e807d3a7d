import { CommitFailedError } from '../errors.js'
import type { PeeperEvent } from '../events.js'
import type { Completed } from '../keeper/commits.js'
import type { Envelope } from '../mailbox/envelope.js'
import type { Completion } from '../worker/worker.js'
import type { Incarnation } from './incarnation.js'

/** A message that ran: it waits until what it saw is kept, then it is answered and told of. */
export class CompletedTurn implements Completed {
  constructor(
    private readonly life: Incarnation,
    private readonly server: string,
    readonly envelope: Envelope,
    readonly completion: Completion,
    /** The state before. */
    readonly old: unknown,
    readonly revision: number,
  ) {}

  get state(): unknown {
    return this.completion.state
  }

  committed(): void {
    this.life.committed(this)
  }

  uncertain(error: unknown): void {
    this.life.uncertain(this, new CommitFailedError(this.server, this.revision, error))
  }

  trace(worker: number): PeeperEvent {
    const { stop, answer } = this.completion
    const outcome = stop === undefined ? (answer === 'later' ? 'noreply' : answer) : 'stop'
    return { type: 'trace', server: this.server, worker, message: this.envelope.label, outcome, revision: this.revision }
  }
}
