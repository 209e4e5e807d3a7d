import type { Observable } from 'rxjs'
import type { Data } from '../data/data.js'
import type { ExitReason } from '../exit.js'
import { Audience } from './audience.js'
import { Broadcast } from './broadcast.js'
import type { Listener, ListenerMeta } from './listener.js'

/** All who are told of one server: its listeners, and the subscribers of its changes. */
export class Listeners {
  private readonly audiences: Audience[]
  private changes: Broadcast<unknown> | undefined = undefined

  constructor(
    listeners: readonly Listener[],
    private readonly data: Data,
    private readonly report: (where: string, error: unknown) => void,
    overloaded: (limit: number) => void,
  ) {
    const failed = (error: unknown): void => {
      report('listener', error)
    }
    this.audiences = listeners.map(listener => new Audience(listener, data, failed, overloaded))
  }

  /** The state after each committed change. Hot: a subscriber sees what changes from now on. */
  get changes$(): Observable<unknown> {
    this.changes ??= new Broadcast<unknown>(
      error => {
        this.report('subscriber of changes$', error)
      },
      () => [],
      () => {
        const shown = new WeakMap<object, object>()
        return kept => this.data.release(kept, shown)
      },
    )
    return this.changes.values$
  }

  /** Does anybody listen? */
  get attended(): boolean {
    return this.audiences.length > 0 || this.changes?.observed === true
  }

  changed(old: unknown, next: unknown, meta: ListenerMeta): void {
    for (const audience of this.audiences)
      audience.tell((listener, show) => listener.onStateChanged?.(show(old), show(next), meta))
    if (this.changes?.observed === true) this.changes.emit(next)
  }

  terminated(reason: ExitReason, state: unknown, meta: ListenerMeta): void {
    for (const audience of this.audiences)
      audience.tell((listener, show) => listener.onTerminate?.(reason, show(state), meta))
  }

  end(): void {
    this.changes?.end()
  }
}
