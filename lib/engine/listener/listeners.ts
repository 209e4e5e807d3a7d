import type { Observable } from 'rxjs'
import type { ExitReason } from '../exit.js'
import { Audience, type Stage, type Telling } from './audience.js'
import { Broadcast } from './broadcast.js'
import type { Listener, ListenerMeta } from './listener.js'

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
    this.changes ??= new Broadcast<unknown>(
      error => {
        this.stage.report('subscriber of changes$', error)
      },
      () => [],
      () => {
        const shown = new WeakMap<object, object>()
        return kept => this.stage.data.release(kept, shown)
      },
    )
    return this.changes.values$
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
