import { Observable, type Subscriber } from 'rxjs'
import type { Envelope } from './envelope.js'

/**
 * Brings messages to the mailboxes of their addressees. RxJS delivers, the mailbox owns the order (operators that keep order, such as
 * `concatMap`, are about 100 times slower under a burst). One for all servers of an engine, so an idle server holds no subscription; and one
 * that has a single subscriber for good: what a Subject does on each `next`, for subscribers that come and go, costs half a bare mutex.
 */
export class Delivery {
  private arrivals: Subscriber<Envelope> | undefined = undefined

  constructor() {
    new Observable<Envelope>(arrivals => {
      this.arrivals = arrivals
    }).subscribe(envelope => {
      envelope.to.arrived(envelope)
    })
  }

  deliver(envelope: Envelope): void {
    this.arrivals?.next(envelope)
  }
}
