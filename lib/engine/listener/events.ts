import { filter, type Observable } from 'rxjs'
import type { PeeperEvent } from '../events.js'
import { guard } from '../guard.js'
import { Broadcast } from './broadcast.js'

/** All events of an engine, in order, and those of one server. */
export class Events {
  private reporting = false
  private readonly broadcast = new Broadcast<PeeperEvent>(error => {
    this.failed('subscriber of events$', error)
  })

  /** `first` hears each event before any subscriber. */
  constructor(private readonly first: ((event: PeeperEvent) => unknown) | undefined) {}

  get all$(): Observable<PeeperEvent> {
    return this.broadcast.values$
  }

  of(server: string): Observable<PeeperEvent> {
    return this.all$.pipe(filter(event => event.server === server))
  }

  /** Does anybody hear of them? */
  get areWatched(): boolean {
    return this.first !== undefined || this.broadcast.observed
  }

  emit(event: PeeperEvent): void {
    this.reporting = false
    this.tell(event)
  }

  end(): void {
    this.broadcast.end()
  }

  // One who fails at every event fails at the report of it too: between two events there is one report, or it would never end.
  private failed(where: string, error: unknown): void {
    if (this.reporting) return
    this.reporting = true
    this.tell({ type: 'error', server: '', where, error })
  }

  private tell(event: PeeperEvent): void {
    const { first } = this
    if (first !== undefined)
      guard(
        () => first(event),
        error => {
          this.failed('onEvent', error)
        },
      )
    if (this.broadcast.observed) this.broadcast.emit(event)
  }
}
