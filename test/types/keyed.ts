import { expectTypeOf } from 'expect-type'
import {
  type KeysPage,
  HandleCall,
  HandleCast,
  InjectPeeper,
  PeeperServer,
  type Peeper,
  type PeeperClient,
  type PeeperClients,
} from 'nestjs-peeper'
import type { Observable } from 'rxjs'

interface LotState {
  top: number
}

@PeeperServer({ name: 'lot', keyed: true, idle: 1_000, maxResident: 10, maxWaiting: 5 })
class Lot {
  @HandleCall() bid(state: LotState, by: number): number {
    return (state.top += by)
  }
  @HandleCast() close(state: LotState): void {
    state.top = 0
  }
}

export class Auction {
  constructor(@InjectPeeper(Lot) readonly lots: PeeperClients<Lot>) {}
}

declare const lots: PeeperClients<Lot>
declare const peeper: Peeper

expectTypeOf(lots.for('42')).toExtend<PeeperClient<Lot>>()
expectTypeOf(lots.for('42').key).toEqualTypeOf<string>()
expectTypeOf(lots.for('42').call('bid', 1)).toEqualTypeOf<Promise<number>>()
expectTypeOf(lots.for('42').changes$).toEqualTypeOf<Observable<LotState>>()
expectTypeOf(lots.keys()).toEqualTypeOf<AsyncIterable<string>>()
expectTypeOf(lots.page({ after: '41', limit: 10 })).toEqualTypeOf<Promise<KeysPage>>()
// @ts-expect-error a limit is a number
void lots.page({ limit: '10' })
expectTypeOf(lots.resident()).toEqualTypeOf<string[]>()
expectTypeOf(lots.stop('42', 'normal', 5)).toEqualTypeOf<Promise<void>>()
expectTypeOf(lots.forget('42')).toEqualTypeOf<Promise<void>>()
expectTypeOf(peeper.clients(Lot)).toEqualTypeOf<PeeperClients<Lot>>()

// @ts-expect-error a key is a string
lots.for(42)
expectTypeOf(lots).not.toHaveProperty('call')
// @ts-expect-error no such message
void lots.for('42').call('buy', 1)
// @ts-expect-error a bid is a number
void lots.for('42').call('bid', 'all')
// @ts-expect-error a payload is missing
void lots.for('42').call('bid')
// @ts-expect-error a reply is lost
lots.for('42').cast('bid', 1)
lots.for('42').cast('close')
