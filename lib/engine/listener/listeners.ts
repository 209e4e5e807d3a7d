import type { Observable } from 'rxjs'
import type { ExitReason } from '../exit.js'
import { Audience, type Stage, type Telling } from './audience.js'
import { Broadcast } from './broadcast.js'
import type { Listener, ListenerMeta } from './listener.js'

/** Where changes are told: each subscriber sees a state as it may see it. */
export const changesOn = (stage: Pick<Stage, 'data' | 'report'>): Broadcast<unknown> =>
  new Broadcast<unknown>(
    error => {
      stage.report('subscriber of changes$', error)
    },
    () => [],
    () => {
      const shown = new WeakMap<object, object>()
      return kept => stage.data.release(kept, shown)
    },
  )

const NOBODY: readonly Audience[] = []

/** All who are told of one server: its listeners, and the subscribers of its changes. */
export class Listeners {
  private readonly audiences: readonly Audience[]
  private changes: Broadcast<unknown> | undefined = undefined

  constructor(
    listeners: readonly Listener[],
    private readonly stage: Stage,
  ) {
    this.audiences = listeners.length === 0 ? NOBODY : listeners.map(each => new Audience(each, stage))
  }

  /** The state after each committed change. Hot: a subscriber sees what changes from now on. */
  get changes$(): Observable<unknown> {
    this.changes ??= changesOn(this.stage)
    return this.changes.values$
  }

  /** From now on changes are told here: to those who watch one of many, whether it is in memory or not. */
  follow(changes: Broadcast<unknown>): void {
    this.changes = changes
  }

  /** Does anybody listen? */
  get attended(): boolean {
    return this.audiences.length > 0 || this.changes?.observed === true
  }

  changed(old: unknown, next: unknown, meta: ListenerMeta): void {
    if (this.audiences.length > 0)
      this.tell((listener, show) => listener.onStateChanged?.(show(old), show(next), meta))
    if (this.changes?.observed === true) this.changes.emit(next)
  }

  terminated(reason: ExitReason, state: unknown, meta: ListenerMeta): void {
    this.tell((listener, show) => listener.onTerminate?.(reason, show(state), meta))
  }

  end(): void {
    this.changes?.end()
  }

  private tell(telling: Telling): void {
    for (const audience of this.audiences) audience.tell(telling)
  }
}
