import { expectTypeOf } from 'expect-type'
import {
  HandleCall,
  HandleCast,
  PeeperServer,
  type MissedTicks,
  type Peeper,
  type PeeperClient,
  type PeeperClients,
  type PeeperContext,
  type ReminderTick,
  type RemindWhen,
} from 'nestjs-peeper'

@PeeperServer({ name: 'lot', keyed: true, requests: { max: 10, maxAge: 1_000 } })
class Lot {
  @HandleCall() bid(state: { top: number }, by: number): number {
    return (state.top += by)
  }
  @HandleCast() close(_state: { top: number }): void {}
}

// @ts-expect-error a number of requests is a number
@PeeperServer({ requests: { max: '10' } })
class Text {}
expectTypeOf(Text).not.toBeAny()

declare const ctx: PeeperContext
declare const lot: PeeperClient<Lot>
declare const lots: PeeperClients<Lot>
declare const peeper: Peeper

// ---- reminders

ctx.remind('ends', { at: new Date() })
ctx.remind('ends', { at: 0 }, { why: 'over' })
ctx.remind('ends', { after: 1_000 })
ctx.remind('ends', { every: 1_000 })
ctx.remind('ends', { every: 1_000, missed: 'all' }, 7)
ctx.forget('ends')
expectTypeOf(ctx.remind('ends', { after: 1 })).toEqualTypeOf<void>()
expectTypeOf(ctx.reminder).toEqualTypeOf<ReminderTick | undefined>()
expectTypeOf<MissedTicks>().toEqualTypeOf<'once' | 'all' | 'skip'>()
expectTypeOf<{ every: number; missed: MissedTicks }>().toExtend<RemindWhen>()

// @ts-expect-error a time is missing
ctx.remind('ends')
// @ts-expect-error a time is missing
ctx.remind('ends', {})
// @ts-expect-error one of the two
ctx.remind('ends', { at: 1, after: 1 })
// @ts-expect-error one of the two
ctx.remind('ends', { after: 1, every: 1_000 })
// @ts-expect-error one of the two
ctx.remind('ends', { at: 1, every: 1_000 })
// @ts-expect-error what comes once misses nothing
ctx.remind('ends', { after: 1, missed: 'once' })
// @ts-expect-error what comes once misses nothing
ctx.remind('ends', { at: 1, missed: 'skip' })
// @ts-expect-error no such policy
ctx.remind('ends', { every: 1_000, missed: 'never' })
// @ts-expect-error a slip of the pen
ctx.remind('ends', { evry: 1_000 })
// @ts-expect-error a time is a Date or a number
ctx.remind('ends', { at: '2030-01-01' })
// @ts-expect-error a time is a number of milliseconds
ctx.remind('ends', { after: '1s' })
// @ts-expect-error a name is a string
ctx.remind(7, { after: 1 })
// @ts-expect-error it is told, not set
ctx.reminder = undefined

// ---- requests

expectTypeOf(lot.call('bid', 1, { id: 'r1' })).toEqualTypeOf<Promise<number>>()
expectTypeOf(lots.for('42').call('bid', 1, { id: 'r1', timeout: 100 })).toEqualTypeOf<Promise<number>>()
expectTypeOf(lot.call('close', undefined, { id: 'r1' })).toEqualTypeOf<Promise<void>>()
expectTypeOf(peeper.call('lot/42', 'bid', 1, { id: 'r1' })).toEqualTypeOf<Promise<unknown>>()

// @ts-expect-error an id is a string
void lot.call('bid', 1, { id: 7 })
// @ts-expect-error a payload is missing
void lot.call('bid', { id: 'r1' })
// @ts-expect-error a cast has no reply to be repeated
lot.cast('close', undefined, { id: 'r1' })
