import { Logger } from '@nestjs/common'
import { PeeperListener, type ExitReason, type Listener, type ListenerMeta } from 'nestjs-peeper'
import { Counter, type CounterState } from './counter.server.js'

/** Told of what was committed, after it was committed. */
@PeeperListener(Counter)
export class CounterListener implements Listener<CounterState> {
  private readonly logger = new Logger('CounterListener')

  onStateChanged(old: CounterState, next: CounterState, { message, worker }: ListenerMeta): void {
    this.logger.log(`${old.value} → ${next.value} by ${String(message)}, worker ${worker}`)
  }

  onTerminate(reason: ExitReason, state: CounterState, { worker }: ListenerMeta): void {
    const why = reason instanceof Error ? reason.message : 'as asked'
    this.logger.debug(`worker ${worker} ended (${why}) with ${state.value}`)
  }
}
