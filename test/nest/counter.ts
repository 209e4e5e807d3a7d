import {
  HandleCall,
  HandleCast,
  HandleContinue,
  HandleInfo,
  PeeperServer,
  noreply,
  refuse,
  reply,
  type PeeperContext,
  type Refuse,
  type Reply,
} from 'nestjs-peeper'
import { NotFoundException } from '@nestjs/common'

export interface CounterState {
  n: number
  log: string[]
}

/** A counter with a handler of each kind, and ways to fail. */
@PeeperServer({ name: 'counter', state: { n: 0, log: [] } })
export class Counter {
  @HandleCall()
  read(state: CounterState): number {
    return state.n
  }

  @HandleCall()
  async inc(state: CounterState, by = 1): Promise<number> {
    await Promise.resolve()
    state.n += by
    return state.n
  }

  @HandleCall()
  incAndAudit(state: CounterState, what: string): Reply<number> {
    state.n += 1
    return reply(state.n, { continue: ['audit', what] })
  }

  @HandleCall()
  log(state: CounterState): string[] {
    return state.log
  }

  @HandleCall()
  boom(state: CounterState, secret?: string): number {
    state.n = 999
    throw new Error(`half-way${secret === undefined ? '' : ' again'}`)
  }

  @HandleCall()
  missing(state: CounterState, id: string): number {
    state.n = 999
    throw new NotFoundException(`no ${id}`)
  }

  @HandleCall()
  refuse(state: CounterState, id: string): number | Refuse {
    state.n = 999
    return refuse(new NotFoundException(`no ${id}`))
  }

  @HandleCast()
  add(state: CounterState, by: number): void {
    state.n += by
  }

  @HandleInfo('tick')
  protected onTick(state: CounterState, by: number | undefined, ctx: PeeperContext) {
    state.n += by ?? 1
    state.log.push(`tick of ${ctx.name}`)
    return noreply()
  }

  @HandleContinue()
  protected audit(state: CounterState, what: string): void {
    state.log.push(what)
  }
}
