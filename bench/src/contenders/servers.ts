// The servers that are measured, as a user writes them.

import 'reflect-metadata'
import {
  HandleCall,
  HandleCast,
  noreply,
  Peeper,
  PeeperListener,
  PeeperServer,
  reply,
  type Listener,
  type NoReply,
  type Reply,
} from 'nestjs-peeper'
import { changeMap, changeObject, order, type Order, type WideMap, type WideObject } from '../works.js'

/** Row 1: an integer state that does not change. */
@PeeperServer({ state: 1 })
export class Reader {
  @HandleCall()
  read(state: number): number {
    return state
  }
}

/** Row 2: one field of ten changes. */
@PeeperServer({ state: order() })
export class Orders {
  @HandleCall()
  change(state: Order): number {
    return (state.revision += 1)
  }
}

/** Row 3: an integer state, one more each time. */
@PeeperServer({ state: 0 })
export class Tally {
  @HandleCast()
  add(state: number): NoReply {
    return noreply({ state: state + 1 })
  }

  @HandleCall()
  total(state: number): Reply<number> {
    return reply(state + 1, { state: state + 1 })
  }
}

export type Payload = Readonly<Record<string, unknown>>

/** Row 12. */
@PeeperServer({ state: 1 })
export class Receiver {
  @HandleCall()
  plain(): number {
    return 1
  }

  @HandleCall()
  take(_state: number, payload: Payload): number {
    return payload.field0 as number
  }
}

/** Row 5. */
@PeeperListener(Orders)
export class OrdersListener implements Listener<Order> {
  told = 0

  onStateChanged(): void {
    this.told += 1
  }
}

/** Row 6: one key of many changes. */
@PeeperServer({ state: {} })
export class WideObjects {
  @HandleCall()
  change(state: WideObject): number {
    return changeObject(state)
  }
}

@PeeperServer({ state: new Map() })
export class WideMaps {
  @HandleCall()
  change(state: WideMap): number {
    return changeMap(state)
  }
}

/** Row 7. */
@PeeperServer({ state: 1, maxRestarts: Infinity })
export class Fragile {
  @HandleCall()
  read(state: number): number {
    return state
  }

  @HandleCall()
  crash(): void {
    throw new Error('as it should')
  }
}

/** Row 13. */
@PeeperServer({ name: 'keyed-reader', keyed: true, state: 1 })
export class KeyedReader {
  @HandleCall()
  read(state: number): number {
    return state
  }
}

@PeeperServer({ name: 'keyed-tally', keyed: true, state: 0 })
export class KeyedTally {
  @HandleCall()
  add(state: number): Reply<number> {
    return reply(state + 1, { state: state + 1 })
  }
}

/** Row 15: a constructor that takes something that can reach other servers. Every call is looked at, whether it makes one of its own or not. */
@PeeperServer({ name: 'reaching-reader', state: 1 })
export class ReachingReader {
  constructor(readonly peeper: Peeper) {}

  @HandleCall()
  read(state: number): number {
    return state
  }
}
