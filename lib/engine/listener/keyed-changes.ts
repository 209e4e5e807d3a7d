import type { Observable } from 'rxjs'
import { guarded, type Broadcast } from './broadcast.js'

/** Those who watch the states of servers that come and go: held by key, while there are any. */
export class KeyedChanges {
  private readonly byKey = new Map<string, Broadcast<unknown>>()

  constructor(
    private readonly create: (key: string) => Broadcast<unknown>,
    /** Told when a key is watched. */
    private readonly watched: (key: string, changes: Broadcast<unknown>) => void,
    private readonly report: (key: string, error: unknown) => void,
  ) {}

  /** Where the changes of this key are told; `undefined` when nobody watches. */
  get(key: string): Broadcast<unknown> | undefined {
    return this.byKey.get(key)
  }

  of(key: string): Observable<unknown> {
    const report = (error: unknown): void => {
      this.report(key, error)
    }
    return guarded<unknown>(report, subscriber => {
      const changes = this.byKey.get(key) ?? this.open(key)
      const subscription = changes.values$.subscribe(subscriber)
      subscription.add(() => {
        if (!changes.observed && this.byKey.get(key) === changes) this.byKey.delete(key)
      })
      return subscription
    })
  }

  end(): void {
    for (const changes of [...this.byKey.values()]) changes.end()
  }

  private open(key: string): Broadcast<unknown> {
    const changes = this.create(key)
    this.byKey.set(key, changes)
    this.watched(key, changes)
    return changes
  }
}
