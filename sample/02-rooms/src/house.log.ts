import { Injectable, Logger } from '@nestjs/common'
import { Peeper, type PeeperEvent } from 'nestjs-peeper'

/** Who comes into memory, leaves it, and moves: a line each. Crashes are in the log already. */
@Injectable()
export class HouseLog {
  private readonly logger = new Logger('House')

  constructor(peeper: Peeper) {
    peeper.events$.subscribe(event => {
      const line = lineOf(event)
      if (line !== undefined) this.logger.log(line)
    })
  }
}

const lineOf = (event: PeeperEvent): string | undefined => {
  switch (event.type) {
    case 'started':
      return `${event.server} is in memory, worker ${event.worker}`
    case 'passivated':
      return `${event.server} is passivated: out of memory, its state and its tables are kept`
    case 'moved':
      return `${event.server} moved from ${event.from} to ${event.to}, while it ran`
    default:
      return undefined
  }
}
