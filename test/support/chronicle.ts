import { type PeeperEvent } from 'nestjs-peeper/engine'
import { type Observable } from 'rxjs'

/** All events since it began, and their types by server. */
export class Chronicle {
  readonly events: PeeperEvent[] = []

  constructor(events$: Observable<PeeperEvent>) {
    events$.subscribe(event => this.events.push(event))
  }

  /** The types of what happened to this server, without what comes before `after` events. */
  types(server: string, after = 0): string[] {
    return this.events
      .slice(after)
      .filter(event => event.server === server)
      .map(({ type }) => type)
  }

  of<T extends PeeperEvent['type']>(type: T): Extract<PeeperEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<PeeperEvent, { type: T }> => event.type === type)
  }
}
