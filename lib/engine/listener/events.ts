import { filter, type Observable } from 'rxjs'
import type { PeeperEvent } from '../events.js'
import { Broadcast } from './broadcast.js'

/** All events of an engine, in order, and those of one server. */
export class Events {
  private readonly broadcast = new Broadcast<PeeperEvent>(error => {
    this.emit({ type: 'error', server: '', where: 'subscriber of events$', error })
  })

  /** `first` hears each event before any subscriber. */
  constructor(private readonly first: ((event: PeeperEvent) => void) | undefined) {}

  get all$(): Observable<PeeperEvent> {
    return this.broadcast.values$
  }

  of(server: string): Observable<PeeperEvent> {
    return this.all$.pipe(filter(event => event.server === server))
  }

  emit(event: PeeperEvent): void {
    this.first?.(event)
    if (this.broadcast.observed) this.broadcast.emit(event)
  }

  end(): void {
    this.broadcast.end()
  }
}
