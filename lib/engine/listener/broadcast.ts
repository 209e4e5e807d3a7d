import {
  map,
  Observable,
  Subject,
  type Observer,
  type Operator,
  type Subscriber,
  type Subscription,
} from 'rxjs'
import { guard } from '../guard.js'

type Report = (error: unknown) => void
type Next<T> = (value: T) => void

/**
 * An Observable whose subscribers harm nobody: what they throw or reject with is reported. (rxjs would make it an `uncaughtException`.)
 * What is piped from it is guarded too.
 */
class GuardedObservable<T> extends Observable<T> {
  constructor(
    private readonly report: Report,
    subscribe?: (subscriber: Subscriber<T>) => Subscription,
  ) {
    super(subscribe)
  }

  /* eslint-disable @typescript-eslint/no-deprecated -- rxjs has no other way to stay in the chain that `pipe` builds */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new GuardedObservable<R>(this.report)
    lifted.source = this
    lifted.operator = operator
    return lifted
  }
  /* eslint-enable @typescript-eslint/no-deprecated */

  override subscribe(observer?: Partial<Observer<T>>): Subscription
  override subscribe(next: Next<T>): Subscription
  override subscribe(
    next?: Next<T> | Partial<Observer<T>> | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription
  override subscribe(
    observer?: Next<T> | Partial<Observer<T>> | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // rxjs's own operators subscribe with a Subscriber, which carries errors on to where we guard them.
    if (observer !== null && typeof observer === 'object' && 'destination' in observer)
      return super.subscribe(observer)
    const given: Partial<Observer<T>> = typeof observer === 'object' && observer !== null ? observer : {}
    const next = typeof observer === 'function' ? observer : given.next?.bind(given)
    const failed = error ?? given.error?.bind(given) ?? this.report
    const completed = complete ?? given.complete?.bind(given)
    return super.subscribe({
      next: value => {
        guard(() => next?.(value), this.report)
      },
      error: (thrown: unknown) => {
        guard(() => {
          failed(thrown)
        }, this.report)
      },
      complete: () => {
        guard(() => completed?.(), this.report)
      },
    })
  }
}

/** An Observable whose subscribers harm nobody, made by hand. */
export const guarded = <T>(
  report: Report,
  subscribe: (subscriber: Subscriber<T>) => Subscription,
): Observable<T> => new GuardedObservable<T>(report, subscribe)

/** Tells every subscriber of every value in the same order, also when one of them brings about the next. Never ends on an error. */
export class Broadcast<T> {
  readonly values$: Observable<T>
  private readonly subject = new Subject<T>()
  private queue: T[] = []
  private emitting = false

  /** `replay` is shown to each new subscriber first; `eyes` makes what one subscriber sees every value through. */
  constructor(
    report: Report,
    replay: () => readonly T[] = () => [],
    eyes: () => (value: T) => T = () => same,
  ) {
    this.values$ = new GuardedObservable<T>(report, subscriber => {
      for (const value of replay()) subscriber.next(value)
      return this.subject.pipe(map(eyes())).subscribe(subscriber)
    })
  }

  get observed(): boolean {
    return this.subject.observed
  }

  emit(value: T): void {
    this.queue.push(value)
    if (this.emitting) return
    this.emitting = true
    while (this.queue.length > 0) this.subject.next(this.queue.shift() as T)
    this.emitting = false
  }

  end(): void {
    this.subject.complete()
  }
}

const same = <T>(value: T): T => value
