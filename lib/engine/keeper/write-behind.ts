import type { Writes } from '../tables/table-write.js'
import { Commits } from './commits.js'
import type { Completed } from './completed.js'

/**
 * The keeper of a server whose replies do not wait for it, while not too many messages are behind, and none for too long: then they do. All else
 * is as with {@link Commits}: one commit in flight, and what completes meanwhile is coalesced into the next.
 */
export class WriteBehind extends Commits {
  /** All that is not confirmed, in order. */
  private oldest: Behind | undefined = undefined
  private newest: Behind | undefined = undefined
  /** What was answered, and is not kept. */
  private lost: Behind[] = []

  override add(completed: Completed): void {
    const { clock, settings } = this.owner
    const now = clock.now()
    const mayAnswer =
      this.pending < settings.maxBehind && now - (this.oldest?.since ?? now) < settings.maxBehindMs
    const behind = this.follow(new Behind(completed, now, this))
    super.add(behind)
    if (mayAnswer && !behind.isSettled) behind.answer()
  }

  /** The oldest of them is kept. */
  confirmed({ next }: Behind): void {
    this.oldest = next
    if (next === undefined) this.newest = undefined
  }

  /** It will not be kept, as far as is known. */
  notConfirmed(behind: Behind): void {
    if (behind.isAnswered) this.lost.push(behind)
  }

  protected override fail(flight: Completed[], error: unknown): void {
    this.oldest = this.newest = undefined
    super.fail(flight, error)
    const { lost, owner } = this
    this.lost = []
    const [first] = lost
    if (first === undefined) return
    const to = (lost.at(-1) as Behind).revision
    const mayHaveHappened = lost.some(({ wasHanded }) => wasHanded)
    owner.emit({
      type: 'replies-lost',
      server: owner.address,
      messages: lost.length,
      from: first.revision,
      to,
      mayHaveHappened,
      reason: error,
    })
  }

  private follow(behind: Behind): Behind {
    if (this.newest !== undefined) this.newest.next = behind
    this.newest = behind
    this.oldest ??= behind
    return behind
  }
}

/** A message that ran, and may be answered before it is kept. */
class Behind implements Completed {
  next: Behind | undefined = undefined
  isSettled = false
  /** Was somebody told of its change? */
  isAnswered = false
  wasHanded = false

  constructor(
    private readonly completed: Completed,
    readonly since: number,
    private readonly commits: WriteBehind,
  ) {}

  get revision(): number {
    return this.completed.revision
  }

  get state(): unknown {
    return this.completed.state
  }

  get writes(): Writes | undefined {
    return this.completed.writes
  }

  get wakeAt(): number | undefined {
    return this.completed.wakeAt
  }

  answer(): void {
    this.isAnswered = this.completed.answerEarly?.() === true
  }

  waits(): void {
    this.completed.waits()
  }

  committed(): void {
    this.isSettled = true
    this.commits.confirmed(this)
    this.completed.committed()
  }

  uncertain(error: unknown, handed: boolean): void {
    this.isSettled = true
    this.wasHanded = handed
    this.commits.notConfirmed(this)
    this.completed.uncertain(error, handed)
  }
}
